"""What became of each test of a run, read from its JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a test; of several the last in this order counts."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True)
class Result:
    """One test of a run.

    Attributes:
        test: identifier as pytest writes it, ``tests/file.py::Class::name[parameters]``.
        outcome: what became of it.
        text: why it did not pass, as the suite says it.
    """

    test: str
    outcome: Outcome
    text: str = ""


_OF_TAG = {"skipped": Outcome.SKIPPED, "failure": Outcome.FAILED, "error": Outcome.ERROR}
_ORDER = tuple(Outcome)


def read_results(document: str) -> dict[str, Result]:
    """Test -> result, of a JUnit document of the ``xunit1`` family.

    Raises:
        xml.etree.ElementTree.ParseError: it is no XML.
        KeyError: a test case does not say which it is.
    """
    results: dict[str, Result] = {}
    for case in ElementTree.fromstring(document).iter("testcase"):
        result = _result(case)
        before = results.get(result.test)
        # A test that fails and whose teardown fails too has a case for each.
        if before is None or _ORDER.index(result.outcome) > _ORDER.index(before.outcome):
            results[result.test] = result
    return results


def _result(case: ElementTree.Element) -> Result:
    test = _identifier(case.attrib["file"], case.attrib["classname"], case.attrib["name"])
    told = [Result(test, _OF_TAG[part.tag], _text(part)) for part in case if part.tag in _OF_TAG]
    return max(told, key=lambda each: _ORDER.index(each.outcome), default=Result(test, Outcome.PASSED))


def _identifier(file: str, class_name: str, name: str) -> str:
    module = file.removesuffix(".py").replace("/", ".")
    classes = class_name.removeprefix(module).strip(".")
    return "::".join([file, *filter(None, classes.split(".")), name])


def _text(part: ElementTree.Element) -> str:
    return f"{part.attrib.get('message', '')}\n{part.text or ''}".strip()
