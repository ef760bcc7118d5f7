"""How a transfer is to be made, from the words of ``Transfer`` to a session's configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.model.triggers import Transfer
from harness.virtual.apps.foundation import URLSessionConfiguration

Setter = Callable[[URLSessionConfiguration, str], None]
"""Puts the value of a word into a configuration."""

IN_APP = "default"
"""The kind of a session that lives in the app, and ends with it."""


def how_of(args: Mapping[str, str]) -> dict[str, str]:
    """Those of a command's arguments that say how its transfer is made."""
    return {str(word): args[word] for word in Transfer if word in args}


def is_in_app(how: Mapping[str, str]) -> bool:
    """Whether the transfer is made by the app's own process."""
    return how.get(Transfer.KIND) == IN_APP


def configuration_of(identifier: str, how: Mapping[str, str]) -> URLSessionConfiguration:
    """The configuration of the session that a transfer is made in.

    Args:
        identifier: the session's, where it is a background session.
        how: words of ``Transfer`` and their values.

    Raises:
        ValueError: a number is none.
    """
    in_app = is_in_app(how)
    made = URLSessionConfiguration.default() if in_app else URLSessionConfiguration.background(identifier)
    for word, setter in _SETTERS.items():
        if word in how:
            setter(made, how[word])
    return made


def _cellular(made: URLSessionConfiguration, value: str) -> None:
    made.allows_cellular_access = value != "no"


def _resource_timeout(made: URLSessionConfiguration, value: str) -> None:
    made.timeout_interval_for_resource = float(value)


def _request_timeout(made: URLSessionConfiguration, value: str) -> None:
    made.timeout_interval_for_request = float(value)


def _discretionary(made: URLSessionConfiguration, value: str) -> None:
    made.is_discretionary = value == "yes"


def _waits(made: URLSessionConfiguration, value: str) -> None:
    made.waits_for_connectivity = value == "yes"


def _launch_events(made: URLSessionConfiguration, value: str) -> None:
    made.session_sends_launch_events = value != "no"


_SETTERS: Mapping[Transfer, Setter] = {
    Transfer.CELLULAR: _cellular,
    Transfer.RESOURCE_TIMEOUT_S: _resource_timeout,
    Transfer.REQUEST_TIMEOUT_S: _request_timeout,
    Transfer.DISCRETIONARY: _discretionary,
    Transfer.WAITS: _waits,
    Transfer.LAUNCH_EVENTS: _launch_events,
}
"""The words that a configuration has a place for; the others the app heeds itself."""
