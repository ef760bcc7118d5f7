"""A headless Chromium that shows one page, and tells what it wrote to its console."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from harness.report.page import write_page
from harness.report.run import RunRecord

WIDE, PHONE = (1440, 900), (390, 844)
"""Sizes of the window, in CSS pixels."""

# Without a sandbox, because CI runs as root; what is shown is our own file. Without /dev/shm, because in
# containers it is too small for a page.
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")


@contextmanager
def chromium() -> Generator[Browser]:
    """A browser of one's own; closed with the block."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


class Browser:
    """One window.

    Args:
        driver: a started Chromium.
    """

    def __init__(self, driver: Chrome) -> None:
        self.driver: Any = driver  # half of its methods have no types

    def size(self, size: tuple[int, int]) -> None:
        """Make the window that large."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._ask("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        """Have the reader prefer ``light`` or ``dark``."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._ask("Emulation.setEmulatedMedia", {"features": [feature]})

    def press(self, key: str, x: float, y: float, **more: object) -> None:
        """Turn the wheel at a place of the window; ``key`` is the kind of event."""
        self._ask("Input.dispatchMouseEvent", {"type": key, "x": x, "y": y, **more})

    def _ask(self, command: str, parameters: dict[str, Any]) -> None:
        self.driver.execute_cdp_cmd(command, parameters)

    def show(self, run: RunRecord, directory: Path, place: str = "") -> None:
        """Write the page of a run and open it."""
        page = directory / "index.html"
        write_page(run, page)
        self.open(page, place)

    def open(self, page: Path, place: str = "") -> None:
        """Open a page anew, with ``place`` after the ``#``."""
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + (f"#{place}" if place else ""))

    def run(self, script: str, *arguments: object) -> Any:
        """What a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def soon(self, condition: str) -> Any:
        """Wait until an expression is true, as a reader would, and return its value.

        Raises:
            AssertionError: it was not true within 5 s.
        """
        script = (
            "const done = arguments[0], ends = performance.now() + 5000;"
            f"const look = () => {{ const value = ({condition});"
            " if (value || performance.now() > ends) done(value); else requestAnimationFrame(look); };"
            "look();"
        )
        value = self.driver.execute_async_script(script)
        assert value, f"not so within 5 s: {condition}"
        return value

    def console(self) -> list[str]:
        """What the page wrote to the console so far, and what the browser complained of."""
        told: list[dict[str, Any]] = self.driver.get_log("browser")
        return [str(line["message"]) for line in told]
