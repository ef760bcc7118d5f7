"""The file: whole, alone, and closed to everything that it was not made with."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.evidence.record import KINDS
from harness.report.page import write_page
from harness.report.page.file import ASSETS, SCRIPTS, page_parts
from harness.report.run import RunRecord
from tests.unit.report.page.samples import a_run, a_test, many

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>{{ 7*7 }}\"'&amp;"


class Elements(HTMLParser):
    """The elements of a page: what a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.found.append((tag, attributes))
        self._open = f"{tag} {attributes.get('id', '')}".strip()

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._open] = self.texts.get(self._open, "") + data


def elements(run: RunRecord) -> Elements:
    read = Elements()
    read.feed("".join(page_parts(run)))
    return read


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_else() -> None:
    read = elements(many(3))
    policy = next(
        attributes["content"]
        for tag, attributes in read.found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'{_hash(read.texts['script'])}'"
    assert rules["style-src"] == f"'{_hash(read.texts['style'])}'"
    assert rules["require-trusted-types-for"] == "'script'"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_nothing_is_loaded_from_elsewhere() -> None:
    read = elements(many(3))
    assert not any({"src", "href"} & set(attributes) for _, attributes in read.found)
    sources = [(ASSETS / name).read_text(encoding="utf-8") for name in (*SCRIPTS, "page.css")]
    urls = {url for source in sources for url in re.findall(r"https?://[^\s\"')]+", source)}
    assert urls == {"http://www.w3.org/2000/svg"}  # a name, which nothing asks for


def test_no_script_makes_html_of_a_string() -> None:
    for name in SCRIPTS:
        source = (ASSETS / name).read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source
        )


def test_every_kind_of_entry_is_said_in_words_of_its_own() -> None:
    words = (ASSETS / "words.js").read_text(encoding="utf-8")
    table = words.partition("const SAID = {")[2].partition("\n};")[0]
    assert set(re.findall(r"^  (\w+):", table, re.MULTILINE)) == set(KINDS) - {"AppFact", "Fact"}


def test_every_script_of_the_directory_is_in_the_page() -> None:
    assert {path.name for path in ASSETS.glob("*.js")} == set(SCRIPTS)


def test_a_hostile_string_adds_no_element_wherever_it_stands() -> None:
    plain = a_run([a_test(message="plain")])
    hostile = RunRecord(
        plain.started_s,
        plain.duration_s,
        HOSTILE,
        (a_test(HOSTILE, message=HOSTILE, bundle_id=HOSTILE, worker=HOSTILE, artifacts=(HOSTILE,)),),
    )
    assert [tag for tag, _ in elements(hostile).found] == [tag for tag, _ in elements(plain).found]
    index = json.loads(elements(hostile).texts["script run"])
    assert index["command"] == HOSTILE


def test_each_test_has_its_timeline_in_a_block_of_its_own() -> None:
    read = elements(many(3))
    blocks = [json.loads(read.texts[f"script test-{number}"]) for number in range(3)]
    assert all(block["timeline"]["kinds"] for block in blocks)
    assert "script test-3" not in read.texts


def test_a_run_without_tests_is_a_page_too() -> None:
    assert json.loads(elements(a_run([])).texts["script run"])["tests"] == []


def test_the_page_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("older")
    write_page(many(2), page)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_page_that_cannot_be_made_leaves_the_older_one(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("older")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_page(a_run([a_test(duration_s=float("nan"))]), page)
    assert page.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
