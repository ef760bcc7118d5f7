"""Holding a run to its table: everything that does not pass has a row, and every row has its tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.virtual.judges.pymobiledevice3_suite.outcome import Outcome, Result


@dataclass(frozen=True)
class Expected:
    """Tests that do not pass.

    Attributes:
        pattern: a directory, a file, a class, a test without its parameters, or a test with them.
        outcome: what becomes of each of them.
        reason: why, for people.
        says: what the suite's own text has to have in it, so that no other fault hides behind the row.
    """

    pattern: str
    outcome: Outcome
    reason: str
    says: str

    def covers(self, test: str) -> bool:
        """Whether a test is one of them."""
        return test == self.pattern or test.startswith(
            (f"{self.pattern}::", f"{self.pattern}[", f"{self.pattern}/")
        )

    def explains(self, result: Result) -> bool:
        """Whether a test came out as this row has it."""
        return result.outcome is self.outcome and self.says in result.text


def differences(results: Mapping[str, Result], rows: Sequence[Expected], passing: int) -> list[str]:
    """What is not as the table has it, one text each; none when all is as expected.

    Args:
        results: test -> what became of it.
        rows: the tests that do not pass; the row with the longest pattern speaks for a test.
        passing: how many tests pass.
    """
    found = [_difference(result, _row(result.test, rows)) for result in results.values()]
    idle = [row for row in rows if not any(_row(test, rows) is row for test in results)]
    found += [f"no test left for the row {row.pattern!r}: {row.reason}" for row in idle]
    passed = count(results.values())[Outcome.PASSED]
    if passed != passing:
        found.append(f"{passed} passed, and the table says {passing}")
    return [text for text in found if text]


def count(results: Iterable[Result]) -> Counter[Outcome]:
    """How many tests came out in which way."""
    return Counter(result.outcome for result in results)


def summary(results: Iterable[Result]) -> str:
    """The same in words."""
    counted = count(results)
    return ", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome)


def _row(test: str, rows: Sequence[Expected]) -> Expected | None:
    covering = [row for row in rows if row.covers(test)]
    return max(covering, key=lambda row: len(row.pattern), default=None)


def _difference(result: Result, row: Expected | None) -> str:
    if row is None:
        return (
            "" if result.outcome is Outcome.PASSED else f"{result.test}: {result.outcome}: {_brief(result)}"
        )
    if result.outcome is Outcome.PASSED:
        return f"{result.test}: passed, and the table has it {row.outcome}: {row.reason}"
    if not row.explains(result):
        wanted = f"{row.outcome} with {row.says!r}"
        return f"{result.test}: {result.outcome}, and the table has it {wanted}: {_brief(result)}"
    return ""


def _brief(result: Result) -> str:
    # The rest is a traceback through the client.
    return result.text.partition("\n")[0]
