"""Lines about the phone itself: its radios.

No public capture has them; the words are from strings in Apple's binaries, and what follows them is guessed.
So a value that is none of the known ones states nothing.
"""

from __future__ import annotations

import re

from harness.evidence.recognizers.row import Build, Line, Recognizer, Standing, row
from harness.model.facts import Fact, HeldBack, Hindrance, Radio, SettingRead, Source

_ON, _OFF = ("1", "on", "yes", "true", "enabled"), ("0", "off", "no", "false", "disabled")
_SWITCH: dict[str, str] = dict.fromkeys(_ON, "on") | dict.fromkeys(_OFF, "off")


def _switched(name: Radio) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact | None:
        value = _SWITCH.get(found["value"].lower())
        return SettingRead(at=line.at, source=Source.SYSTEM_LOG, name=name, value=value) if value else None

    return build


def _link_down(found: re.Match[str], line: Line) -> Fact:
    return HeldBack(at=line.at, source=Source.SYSTEM_LOG, why=Hindrance.NO_WIFI, text=found[0])


_SOURCE = "background-execution.md §3.3; the value's words are guessed"
_VALUE = r"(?P<value>\w{1,10})\b"

ROWS: tuple[Recognizer, ...] = (
    row("profiled", "Setting WiFi power: ", _VALUE, _switched(Radio.WIFI), _SOURCE, Standing.CARE),
    *(
        row(daemon, "WiFi state changed: ", _VALUE, _switched(Radio.WIFI), _SOURCE, Standing.CARE)
        for daemon in ("wifid", "SpringBoard")
    ),
    row("wifid", "Link went down", "", _link_down, _SOURCE, Standing.CARE),
    *(
        row(
            daemon,
            "Airplane Mode is now ",
            _VALUE,
            _switched(Radio.AIRPLANE_MODE),
            _SOURCE,
            Standing.CARE,
        )
        for daemon in ("wifid", "SpringBoard")
    ),
)
"""Of the radios."""
