"""The table of routes, and finding the one that is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.virtual.wda.call import Route
from harness.virtual.wda.handlers import alerts, apps, device, elements, finding, gestures, sessions

ROUTES: tuple[Route, ...] = (
    *sessions.ROUTES,
    *finding.ROUTES,
    *elements.ROUTES,
    *gestures.ROUTES,
    *apps.ROUTES,
    *alerts.ROUTES,
    *device.ROUTES,
)
"""Everything that is answered; what is not here is an ``unknown command``."""

MESSAGES: Mapping[str, Route] = {route.name: route for route in ROUTES}
"""As the ledger lists them."""


@dataclass(frozen=True)
class Match:
    """A route that is meant.

    Attributes:
        route: which.
        session_id: the session that the path names; ``None`` for none.
        names: what stood at the places of its parameters.
    """

    route: Route
    session_id: str | None
    names: Mapping[str, str]


def match(method: str, path: Sequence[str]) -> Match | None:
    """The route that a request means; ``None`` when there is none.

    Args:
        method: such as ``GET``.
        path: the parts of its path.
    """
    in_session = len(path) > 1 and path[0] == "session"
    rest = path[2:] if in_session else path
    for route in ROUTES:
        is_there = route.with_session if in_session else route.without_session
        names = _names(route, rest) if is_there and route.method == method else None
        if names is not None:
            return Match(route, path[1] if in_session else None, names)
    return None


def _names(route: Route, path: Sequence[str]) -> Mapping[str, str] | None:
    pattern = [part for part in route.pattern.split("/") if part]
    if len(pattern) != len(path):
        return None
    pairs = list(zip(pattern, path, strict=True))
    if any(not part.startswith(":") and part != given for part, given in pairs):
        return None
    return {part[1:]: given for part, given in pairs if part.startswith(":")}
