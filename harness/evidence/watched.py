"""What a recording must know of the app it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WatchedApp:
    """The app under test, as the sources look for it.

    Attributes:
        bundle_id: bundle identifier.
        executable: name of its executable.
        journal: path of its journal in its container, or ``None`` when it keeps none.
        log_subsystem: ``os_log`` subsystem of its marks, or ``None``.
    """

    bundle_id: str
    executable: str
    journal: str | None
    log_subsystem: str | None
