"""What stories of timeouts have in common: how long is long, and how a transfer ends that took too long."""

from __future__ import annotations

SLACK_S = 10.0
"""How much early or late iOS may be."""

LONG_S = 900.0
"""A quarter of an hour: longer than any timeout of a request, and than what most authors wait for."""

DAY_S = 24 * 3600.0

TIMED_OUT = -1001
"""``NSURLErrorTimedOut``."""
