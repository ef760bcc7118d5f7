"""A script of faults: a file with one JSON object per line, each as ``words.planned`` reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from harness.errors import ConfigError
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import Planned, UnknownWord, planned

COMMENT = "#"
"""What a line begins with that is for people."""


def load_script(path: Path) -> tuple[Planned, ...]:
    """Read a script.

    Raises:
        ConfigError: it cannot be read, or a line asks for something that there is not.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path=str(path)) from error
    return tuple(
        _line(path, number, line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith(COMMENT)
    )


def _line(path: Path, number: int, text: str) -> Planned:
    try:
        fields = json.loads(text)
        if not isinstance(fields, dict):
            raise UnknownWord("expected a JSON object per line")
        return planned(cast("dict[str, object]", fields), GRAMMAR)
    except json.JSONDecodeError as error:
        what = f"expected JSON: {error.msg}"
        raise ConfigError(what, path=str(path), line=number, column=error.colno) from error
    except UnknownWord as error:
        raise ConfigError(error.what, path=str(path), line=number, fix=error.fix) from error
