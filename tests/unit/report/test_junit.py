"""What CI systems read as JUnit: a case per attempt, its verdict as properties, well-formed whatever came."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given
from hypothesis import strategies as st

from harness.report.junit import write_junit
from harness.report.run import TestRecord
from harness.report.tell import printable
from tests.unit.report.samples import REAL, record, run_of


def cases(path: Path, *tests: TestRecord) -> tuple[Element, list[Element]]:
    write_junit(run_of(*tests), path / "junit.xml")
    root = ElementTree.parse(path / "junit.xml").getroot()
    suite = root.find("testsuite")
    assert suite is not None
    return suite, suite.findall("testcase")


def properties(case: Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in case.iter("property")}


def test_verdict_and_phone_are_properties(tmp_path: Path) -> None:
    _, (case,) = cases(tmp_path, record("failed", phone=REAL, message="E   it was not woken"))
    assert (case.get("classname"), case.get("name")) == ("tests.test_it", "test_download[ios-16.7]")
    told = properties(case)
    assert told["harness.verdict"] == "failed NOT_WOKEN:UNEXPLAINED"
    assert (told["harness.hardware"], told["harness.ios"], told["harness.nonce"]) == (
        "real",
        "17.5",
        "1a2b3c4d",
    )
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "failed NOT_WOKEN:UNEXPLAINED it was not woken"


def test_counts_tell_the_app_from_the_rack(tmp_path: Path) -> None:
    results = ("passed", "failed", "invalid", "inconclusive", "error", "skipped")
    suite, told = cases(tmp_path, *(record(result) for result in results))
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "3", "1", "1"]
    kinds = [next((child.tag for child in case if child.tag != "properties"), None) for case in told]
    assert kinds == [None, "failure", "failure", "failure", "error", "skipped"]


def test_a_method_of_a_class_is_told_as_pytest_tells_it(tmp_path: Path) -> None:
    _, (case,) = cases(tmp_path, record(nodeid="tests/a/test_b.py::TestC::test_d[x::y]"))
    assert (case.get("classname"), case.get("name")) == ("tests.a.test_b.TestC", "test_d[x::y]")


def test_what_a_device_says_cannot_break_the_file(tmp_path: Path) -> None:
    hostile = "\x1b[31m<b>&]]>\x00\x08\ud800 ok\n\x7f"
    _, (case,) = cases(tmp_path, record("failed", message=hostile))
    failure = case.find("failure")
    assert failure is not None
    assert failure.text == "<b>&]]> ok\n"


@given(st.text(st.characters(), max_size=60))
def test_any_text_can_be_told_in_xml(text: str) -> None:
    element = Element("x")
    element.text = printable(text)
    told = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
    assert (told.text or "") == printable(text).replace("\r\n", "\n").replace("\r", "\n")
