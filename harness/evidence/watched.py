"""What a recording must know of the app it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinePattern:
    """What an app that keeps no journal means by some of the lines it logs.

    Attributes:
        name: the callback that such a line tells of, or ``ACKNOWLEDGED``.
        pattern: regular expression, searched in the line; its groups say what the line is about.
        word: what is acknowledged: a word of the stories; empty for a callback.
    """

    name: str
    pattern: str
    word: str = ""


@dataclass(frozen=True)
class WatchedApp:
    """The app under test, as the sources look for it.

    Attributes:
        bundle_id: bundle identifier.
        executable: name of its executable.
        journal: path of its journal in its container, or ``None`` when it keeps none.
        log_subsystem: ``os_log`` subsystem of its marks, or ``None``.
        patterns: what it means by its own lines.
        own_process: name of the process whose lines are its own; empty for its executable.
        own_subsystem: ``os_log`` subsystem of its own lines; empty for any.
        own_category: ``os_log`` category of them; empty for any.
    """

    bundle_id: str
    executable: str
    journal: str | None
    log_subsystem: str | None
    patterns: tuple[LinePattern, ...] = ()
    own_process: str = ""
    own_subsystem: str = ""
    own_category: str = ""
