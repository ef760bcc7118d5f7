"""The numbers of background tasks, regions and audio; ``FIGURES`` says where each is from.

Sources named §n are sections of background-execution.md. Guessed ones are this model's own, and no
verdict may rest on them alone.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing

REFRESH_S = 30.0
"""Phone seconds that an app refresh task may take."""

PROCESSING_S = 600.0
"""Phone seconds that a processing task may take."""

PENDING_REFRESH = 1
PENDING_PROCESSING = 10
"""Requests of an app that can wait at the same time."""

LOOK_AFTER_S = 60.0
"""Phone seconds from the earliest begin date, or from the request, to the first look."""

LOOK_EVERY_S = 300.0
"""Phone seconds between two looks at a request that could not be granted."""

REFRESH_SPACING_S = 900.0
"""Phone seconds from one app refresh of an app to its next, at least."""

IDLE_AFTER_S = 600.0
"""Phone seconds after its lock from which a phone counts as idle."""

NIGHT_ENDS_HOUR = 6
"""Hour at which the night is over that began at midnight; phone time, which is UTC."""

PROGRESS_WITHIN_S = 30.0
"""Phone seconds that a continued processing task may be without progress."""

CONTINUED_AT_ONCE = 1
"""Continued processing tasks that run at the same time on a phone."""

REGIONS_PER_APP = 20
"""Regions that an app can have watched."""

CROSSING_AFTER_S = 20.0
"""Phone seconds beyond a boundary after which it counts as crossed."""

REGION_WAKE_S = 10.0
"""Phone seconds that an app is kept running for a region."""

_DOC, _GUESS = Standing.DOCUMENTED, Standing.GUESSED

FIGURES: tuple[Row, ...] = (
    Row("REFRESH_S", REFRESH_S, "§1.3: about 30 s", _DOC),
    Row("PROCESSING_S", PROCESSING_S, "§1.3: minutes", _GUESS),
    Row("PENDING_REFRESH", PENDING_REFRESH, "§1.3: submit(_:)", _DOC),
    Row("PENDING_PROCESSING", PENDING_PROCESSING, "§1.3: submit(_:)", _DOC),
    Row("LOOK_AFTER_S", LOOK_AFTER_S, "no capture", _GUESS),
    Row("LOOK_EVERY_S", LOOK_EVERY_S, "no capture", _GUESS),
    Row(
        "REFRESH_SPACING_S",
        REFRESH_SPACING_S,
        "no capture; a phone learns when its user opens an app",
        _GUESS,
    ),
    Row("IDLE_AFTER_S", IDLE_AFTER_S, "that it has to be idle: §1.3; no capture of the time", _GUESS),
    Row("NIGHT_ENDS_HOUR", NIGHT_ENDS_HOUR, "idle at night or on power; no capture", _GUESS),
    Row("PROGRESS_WITHIN_S", PROGRESS_WITHIN_S, "§1.3: maybe 30 seconds", _GUESS),
    Row("CONTINUED_AT_ONCE", CONTINUED_AT_ONCE, "that others queue: §1.10; no capture of the number", _GUESS),
    Row("REGIONS_PER_APP", REGIONS_PER_APP, "Apple's guide to region monitoring, from memory", _GUESS),
    Row("CROSSING_AFTER_S", CROSSING_AFTER_S, "Apple's guide to region monitoring, from memory", _GUESS),
    Row("REGION_WAKE_S", REGION_WAKE_S, "Apple's guide to location in the background, from memory", _GUESS),
)
"""Every number above."""
