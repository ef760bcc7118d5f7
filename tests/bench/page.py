"""How soon the report of a large run can be read, in headless Chromium: drawn, whole, and one test opened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.report.page import write_page
from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.report_browser.browser import WIDE, Browser, chromium
from tests.unit.report.page.samples import many

PARTS: Mapping[str, int] = {"page-500": 500}
"""Part -> number of tests in the run."""

PIECES = 60
"""Receipts of progress in each timeline, which make it one of 170 entries on average."""

AIM = Aim("median", at_most=2000.0)

DRAWN = """
const [loaded] = performance.getEntriesByType('navigation');
const [drawn] = performance.getEntriesByName('drawn');
return [drawn.startTime, Math.max(drawn.startTime, loaded.domContentLoadedEventEnd)];
"""
"""Milliseconds since navigation began until the matrix was drawn, and until all timelines were read too."""

OPENED = """
const done = arguments[0], began = performance.now();
document.querySelector('.cell.failed').click();
const look = () => document.querySelector('.chart .band')
  ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
look();
"""
"""Milliseconds from a click on a cell until the test's timeline was drawn."""

FIGURES = (
    ("drawn", "navigation until the matrix is drawn and answers"),
    ("whole", "navigation until every timeline is read too"),
    ("opened", "click on a cell until its timeline is drawn"),
)
"""End of the figure's name, and meaning."""


def measure(part: str, runs: int) -> list[Figure]:
    """A page written once and opened anew for each run.

    Raises:
        RuntimeError: there is no Chromium to open it with.
    """
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        raise RuntimeError(f"{part} needs chromium and chromedriver; tools/install-judges.sh installs them")
    tests = PARTS[part]
    with tempfile.TemporaryDirectory() as directory, chromium() as browser:
        page = Path(directory) / "index.html"
        run = many(tests, progress=PIECES)
        write_page(run, page)
        browser.size(WIDE)
        (opened,) = interleaved(runs, [lambda: once(browser, page)])
    entries = sum(len(test.entries) for test in run.tests) // tests
    about = f"{tests} tests with {entries} entries each on average"
    return [
        Figure(
            f"{part}-{name}", "ms", Spread(f"{what}; {about}", values), aim=AIM if name != "opened" else None
        )
        for (name, what), values in zip(FIGURES, zip(*opened, strict=True), strict=True)
    ]


def once(browser: Browser, page: Path) -> tuple[float, float, float]:
    """Open the page and a test of it; returns what ``FIGURES`` tells, in milliseconds."""
    browser.open(page)
    browser.soon("performance.getEntriesByName('drawn').length && document.readyState == 'complete'")
    drawn_ms, whole_ms = browser.run(DRAWN)
    opened_ms: float = browser.driver.execute_async_script(OPENED)
    return drawn_ms, whole_ms, opened_ms
