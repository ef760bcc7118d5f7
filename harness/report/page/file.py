"""The one HTML file of a run: its template filled, its style and scripts put into it, and locked.

The file may be opened from anywhere, and what phones and apps wrote is in it. So its Content-Security-Policy
allows nothing but the one script and the one style it was made with, by their hashes; nothing can be loaded
from a network, and a string can nowhere be turned into HTML (``require-trusted-types-for``).
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.page.columns import timeline_columns
from harness.report.page.index import run_index
from harness.report.page.text import cut, script_json, visible
from harness.report.run import RunRecord, TestRecord

ASSETS = Path(__file__).parent / "assets"

SCRIPTS = (
    "elements.js",
    "data.js",
    "words.js",
    "scale.js",
    "states.js",
    "lanes.js",
    "labels.js",
    "paper.js",
    "draw.js",
    "chart.js",
    "facts.js",
    "overview.js",
    "test.js",
    "main.js",
)
"""The page's scripts, in the order in which they are put into it as one; each uses only those before it."""

MESSAGE_LIMIT = 20_000
"""Characters of a test's message that the page keeps."""


def write_page(run: RunRecord, path: Path) -> None:
    """Write the report of a run as one HTML file.

    It is written beside and then moved, so that a page that is already open there is never seen half.

    Args:
        run: what the run left behind, redacted.
        path: the file; its directory has to be there.

    Raises:
        OSError: it cannot be written.
    """
    made, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(made, "w", encoding="utf-8") as file:
            file.writelines(page_parts(run))
        Path(beside).chmod(0o644)
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)


def page_parts(run: RunRecord) -> Iterator[str]:
    """The page, piece by piece: its timelines are by far the most of it."""
    style = (ASSETS / "page.css").read_text(encoding="utf-8")
    script = page_script()
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html").generate(
        policy=policy(script, style),
        style=Markup(style),
        script=Markup(script),
        index=Markup(script_json(run_index(run))),
        timelines=(Markup(script_json(_told(test))) for test in run.tests),
    )


def page_script() -> str:
    """All scripts as one, in a scope of its own."""
    parts = [(ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "\n})();"


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy that lets this script and this style work, and nothing else."""
    rules = (
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(rules)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _told(test: TestRecord) -> dict[str, object]:
    """What is read of a test only when it is opened."""
    return {
        "message": cut(test.message, MESSAGE_LIMIT),
        "artifacts": [visible(name) for name in test.artifacts],
        "timeline": timeline_columns(test.entries),
    }
