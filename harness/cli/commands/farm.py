"""The commands about a rack: serve this machine's phones, and set the farm up."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from harness.cli.options import Devices, Json
from harness.cli.work import later

Host = Annotated[
    str, typer.Option("--host", metavar="NAME", help="What devices.yaml calls this machine, under `hosts`.")
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Where leases are kept: sqlite, or postgresql://user@host/database (default: devices.yaml's).",
    ),
]


def agent(host: Host, store: Store = None, devices: Devices = None, as_json: Json = False) -> None:
    """Serve this machine's phones to the farm, until Ctrl-C.

    While it runs, it is the only way to them: each lease gets a usbmuxd socket of its own, and that is cut
    when the lease ends. At the end it puts right what was left altered, and the phones are offline.
    """
    from harness.cli import agent as command

    gc.enable()
    service = command.Service(host, store, devices)
    later(as_json, lambda out: command.serve(service, out))
