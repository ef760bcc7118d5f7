"""The options and arguments that commands share, with their help."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

OTHER_WORDS: Mapping[str, str] = {"device": "phone"}
"""Word of an option that is understood, and not shown -> the one word that is used everywhere."""


def one_word(typed: str) -> str:
    """What the command line library takes an option for, without its dashes."""
    return OTHER_WORDS.get(typed, typed)


Bundle = Annotated[str, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app.")]
MaybeBundle = Annotated[
    str | None, typer.Argument(metavar="BUNDLE", help="Bundle identifier of the app that is meant.")
]
Phone = Annotated[
    str | None, typer.Option("--phone", metavar="NAME|UDID", help="Which phone; needed when several fit.")
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
