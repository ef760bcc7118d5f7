"""The options and arguments that commands share, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Bundle = Annotated[str, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app.")]
MaybeBundle = Annotated[
    str | None, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app that is meant.")
]
Device = Annotated[
    str | None, typer.Option("--device", metavar="NAME|UDID", help="Which phone; needed when several fit.")
]
Devices = Annotated[
    Path | None,
    typer.Option("--devices", metavar="FILE", help="Only the phones of this devices.yaml, under its names."),
]
Wait = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait while somebody holds the phone."),
]
NoAgent = Annotated[
    bool, typer.Option("--no-agent", help="Do it in this process, also where a host agent could do it.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, one object per line.")]
