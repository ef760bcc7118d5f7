"""Appium's Python client, as far as it is used here; the only module that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

COMMAND_WITHIN_S = 60
"""Wall seconds in which the server has to answer. A launch on an old phone takes 20, a page's tree 10."""

_THIS_HOST = frozenset({"127.0.0.1", "localhost", "::1"})


class FoundElement(Protocol):
    """An element as the client has it."""

    @property
    def id(self) -> str:
        """WebDriverAgent's name for it."""
        ...

    @property
    def rect(self) -> dict[str, float]:
        """Where it is: ``x``, ``y``, ``width`` and ``height`` in points."""
        ...

    def get_attribute(self, name: str) -> str | None:
        """An attribute, as text."""
        ...

    def click(self) -> None:
        """Tap its middle."""
        ...

    def find_element(self, by: str, value: str) -> FoundElement:
        """The first element below it that fits."""
        ...

    def find_elements(self, by: str, value: str) -> Sequence[FoundElement]:
        """All elements below it that fit."""
        ...


class Driver(Protocol):
    """A session as the client has it; every method waits for the server's answer."""

    @property
    def page_source(self) -> str:
        """The screen, as XML."""
        ...

    def find_element(self, by: str, value: str) -> FoundElement:
        """The first element that fits."""
        ...

    def find_elements(self, by: str, value: str) -> Sequence[FoundElement]:
        """All elements that fit."""
        ...

    def create_web_element(self, element_id: str) -> FoundElement:
        """The element that was found under a name."""
        ...

    def execute_script(self, script: str, *args: object) -> Any:
        """Carry out one of the driver's own commands, such as ``mobile: tap``."""
        ...

    def execute(self, driver_command: str, params: dict[str, object] | None = None) -> dict[str, Any]:
        """Carry out a command of the protocol by its name in the client's table."""
        ...

    def get_window_rect(self) -> dict[str, float]:
        """The whole screen, in points."""
        ...

    def get_screenshot_as_png(self) -> bytes:
        """A picture of the screen."""
        ...

    def update_settings(self, settings: dict[str, object]) -> object:
        """Change settings of the session."""
        ...

    def quit(self) -> None:
        """End the session, and close the connection to the server."""
        ...


def open_session(server: str, capabilities: dict[str, object], within_s: int = COMMAND_WITHIN_S) -> Driver:
    """Open a session; returns once the server has it.

    Args:
        server: URL of the Appium server.
        capabilities: as ``caps.capabilities`` makes them.
        within_s: wall seconds in which each answer has to come, the first one too.
    """
    # Imported here: it takes half a second, which no run without an Appium session should wait for.
    from appium.options.common import AppiumOptions
    from appium.webdriver.client_config import AppiumClientConfig
    from appium.webdriver.webdriver import WebDriver
    from selenium.webdriver.common.proxy import Proxy

    # A proxy of this host's environment does not lead to this host. Nothing is asked twice in silence: by
    # default a question that had no answer in time is put again three times.
    is_here = urlsplit(server).hostname in _THIS_HOST
    proxy = Proxy(raw={"proxyType": "direct"}) if is_here else None
    pool: dict[str, dict[str, object]] = {"init_args_for_pool_manager": {"retries": False}}
    config = AppiumClientConfig(server, timeout=within_s, proxy=proxy, init_args_for_pool_manager=pool)
    options = AppiumOptions().load_capabilities(capabilities)
    return cast("Driver", WebDriver(command_executor=server, options=options, client_config=config))
