"""App profiles: what the harness has to know about an app to run the catalogue against it."""

from harness.config.profile.app import (
    SHIPPED,
    SHIPPED_PROFILE,
    AppProfile,
    DoChannel,
    Reset,
    load_profile,
    profile_file,
    samples,
)
from harness.config.profile.patterns import OwnLog
from harness.config.profile.templates import fill
from harness.config.profile.ways import Way, WayKind

__all__ = [
    "SHIPPED",
    "SHIPPED_PROFILE",
    "AppProfile",
    "DoChannel",
    "OwnLog",
    "Reset",
    "Way",
    "WayKind",
    "fill",
    "load_profile",
    "profile_file",
    "samples",
]
