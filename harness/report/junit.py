"""``junit.xml``: one test case per attempt, with its verdicts and its phone as properties."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from harness.report.run import RunRecord, TestRecord
from harness.report.tell import first_line, printable, properties_of, reason_of

_ELEMENTS = {"failed": "failure", "invalid": "failure", "inconclusive": "failure", "error": "error"}


def write_junit(run: RunRecord, path: Path) -> None:
    """Write a run as JUnit, in the form that pytest writes it in."""
    suites = Element("testsuites", name="harness")
    results = [record.result for record in run.tests]
    suite = SubElement(
        suites,
        "testsuite",
        name="harness",
        tests=str(len(results)),
        failures=str(sum(_ELEMENTS.get(result) == "failure" for result in results)),
        errors=str(results.count("error")),
        skipped=str(results.count("skipped")),
        time=f"{run.duration_s:.3f}",
        timestamp=datetime.fromtimestamp(run.started_s, UTC).isoformat(),
    )
    for record in run.tests:
        suite.append(_case(record))
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _case(record: TestRecord) -> Element:
    file, _, name = record.nodeid.partition("::")
    outer, _, inner = name.partition("[")[0].rpartition("::")
    classname = ".".join(filter(None, (file.removesuffix(".py").replace("/", "."), outer.replace("::", "."))))
    parameters = name[len(name.partition("[")[0]) :]
    case = Element(
        "testcase", classname=printable(classname), name=printable(inner + parameters), time=_time(record)
    )
    properties = SubElement(case, "properties")
    for key, value in properties_of(record):
        SubElement(properties, "property", name=key, value=value)
    if record.result in _ELEMENTS:
        said = " ".join(filter(None, (record.result, reason_of(record), first_line(record.message))))
        SubElement(case, _ELEMENTS[record.result], message=said).text = printable(record.message)
    elif record.result == "skipped":
        SubElement(case, "skipped", message=first_line(record.message))
    return case


def _time(record: TestRecord) -> str:
    return f"{record.duration_s:.3f}"
