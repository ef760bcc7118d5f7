"""The commands about virtual phones, and about what goes on real ones."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import Json
from harness.cli.out import Out
from harness.cli.work import later


def serve(
    devices: Annotated[
        Path, typer.Argument(metavar="DEVICES", help="The file that names the virtual phones.")
    ] = Path("devices.yaml"),
    apps: Annotated[
        Path | None,
        typer.Option(
            "--apps", metavar="FILE", help="Python file with your apps, see docs/virtual-iphone.md."
        ),
    ] = None,
    direct: Annotated[
        bool,
        typer.Option(
            "--direct", help="RSD of iOS 17 and later on ports of this machine, as a tunnel daemon offers it."
        ),
    ] = False,
    faults: Annotated[
        Path | None, typer.Option("--faults", metavar="FILE", help="Script of faults, see docs/faults.md.")
    ] = None,
    control: Annotated[
        bool, typer.Option("--control/--no-control", help="Let `harness virtual shell` break these phones.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Run virtual phones until Ctrl-C.

    Prints one line of JSON when they are ready: `usbmux` is the path of their socket, `phones` who is there.
    The harness's own commands find them. In another terminal, other clients are shown the way by

        export USBMUXD_SOCKET_ADDRESS=/the/path

    and libimobiledevice by UNIX:/the/path. `harness virtual shell` breaks and mends the phones meanwhile.
    """
    import asyncio
    from dataclasses import replace

    from harness.virtual.serve import ServeOptions, serve

    gc.enable()
    options = ServeOptions(devices, apps, direct=direct, faults=faults)
    options = options if control else replace(options, control=False)
    later(as_json, lambda _: asyncio.run(serve(options)))


def shell(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="A verb and its values; without it, a prompt."),
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--phone", metavar="NAME|UDID", help="Which phone, when several run.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Break and mend virtual phones that run.

    Needs `harness virtual serve` in another terminal. `harness virtual shell help` lists the verbs;
    docs/faults.md says what clients see of each.

        harness virtual shell --phone v-16 show

        harness virtual shell --phone v-16 cut-cable after_bytes=1000

        harness virtual shell --phone v-16 mend
    """
    from harness.cli import shell as command

    later(as_json, lambda out: command.shell(out, phone, words or []))


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made if it is missing.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that somebody changed.")] = False,
    as_json: Json = False,
) -> None:
    """Write out the drop-in Swift file and the sample app."""
    from harness.ondevice.export import export

    def work(out: Out) -> None:
        for path in export(directory, force=force):
            out.data({"path": str(path)}, str(path))

    later(as_json, work)
