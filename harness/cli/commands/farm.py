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


def agent(
    host: Host,
    store: Store = None,
    devices: Devices = None,
    keep_open: Annotated[
        bool,
        typer.Option(
            "--keep-open/--no-keep-open",
            help="Keep the phones open that nobody has, so that `harness kill-app` and the like are fast.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Serve this machine's phones to the farm, until Ctrl-C.

    While it runs, it is the only way to them: each lease gets a usbmuxd socket of its own, and that is cut
    when the lease ends. At the end it puts right what was left altered, and the phones are offline.
    """
    from harness.cli import agent as command

    gc.enable()
    service = command.Service(host, store, devices, keep_open)
    later(as_json, lambda out: command.serve(service, out))


def init(
    store: Store = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="NAME", help="What devices.yaml calls this machine, where phones are attached."
        ),
    ] = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """Make the tables where leases are kept and, with --host, the service that runs `harness agent` here.

    Writes a launchd job on a Mac and a systemd user unit elsewhere, starts nothing, says what to run next.
    """
    from harness.cli import farm as command

    plan = command.Plan(store, host, devices)
    later(as_json, lambda out: command.init(plan, out))


def bump(
    phone: Annotated[
        str | None,
        typer.Option(
            "--phone", metavar="NAME|UDID", help="Only this one (default: all that were served here)."
        ),
    ] = None,
    store: Store = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """After the database was put back from a backup: have it count grants on from what was served here.

    An agent refuses grants that are not newer than those it has let through, because who held one of those
    may still be there. See first that nobody is. Run it on the machine that the phones are attached to.
    """
    from harness.cli import farm as command

    later(as_json, lambda out: command.bump(command.Plan(store, None, devices), phone, out))


def ungate(
    host: Host,
    store: Store = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """After an agent has gone for good: have the phones of its host used without one again.

    Until then they are offline, because only their agent may say that nobody is connected to them any more.
    """
    from harness.cli import farm as command

    later(as_json, lambda out: command.ungate(command.Plan(store, host, devices), host, out))


def revoke(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="Its name or UDID.")],
    store: Store = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """Take a phone from whoever holds it, such as a process of a machine that is not there any more.

    What was changed on it is put back before anybody else gets it. Its agent cuts whoever is connected; of a
    phone without one, see first that its holder has ended.
    """
    from harness.cli import farm as command

    later(as_json, lambda out: command.revoke(command.Plan(store, None, devices), phone, out))


def forget(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="Its name or UDID.")],
    store: Store = None,
    devices: Devices = None,
    as_json: Json = False,
) -> None:
    """After a phone has gone for good: have it no longer listed.

    Not while somebody has it or waits for it, while its agent sees it, or while something on it is to be put
    back. One that is seen again is known again, as a new phone.
    """
    from harness.cli import farm as command

    later(as_json, lambda out: command.forget(command.Plan(store, None, devices), phone, out))
