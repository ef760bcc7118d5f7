"""Examples are held to no wall clock, which a loaded machine would fail; ``fuzz.py`` bounds the time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("wire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wire")
