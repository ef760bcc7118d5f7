"""The table on a pull request: red first, virtual called virtual, and never more than there is room for."""

from __future__ import annotations

from pathlib import Path

from harness.report.summary import LIMIT_BYTES, append_summary, summary
from tests.unit.report.samples import REAL, record, run_of


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ") and "---" not in line][1:]


def test_what_is_red_comes_first_with_its_reason() -> None:
    message = "E   ExpectationFailed: FAILED NOT_WOKEN:UNEXPLAINED: nobody woke it"
    text = summary(run_of(record("passed", nodeid="a"), record("failed", nodeid="b", message=message)))
    first, second = rows(text)
    assert first == r"| b | v-16 (virtual) | 16.7 | ❌ failed | NOT\_WOKEN:UNEXPLAINED nobody woke it |"
    assert second == r"| a | v-16 (virtual) | 16.7 | ✅ passed | PASS\_RELAUNCHED |"
    assert text.startswith("## 1 failed, 1 passed\n")


def test_a_run_without_an_iphone_says_so() -> None:
    assert "No real iPhone took part" in summary(run_of(record()))
    assert "No real iPhone took part" not in summary(run_of(record(), record(phone=REAL)))
    assert "on real phones: 1, on virtual phones: 1" in summary(run_of(record(), record(phone=REAL)))


def test_a_cell_is_told_as_it_is() -> None:
    hostile = "t | <img src=x onerror=alert(1)> `x` [a](b) \x1b[31m\n| row"
    (row,) = rows(summary(run_of(record("error", nodeid=hostile, phone=None, message=hostile))))
    assert "<" not in row.replace("&lt;", "")
    assert row.count("|") - row.count(r"\|") == 6


def test_what_there_is_no_room_for_is_counted() -> None:
    run = run_of(*(record("passed", nodeid=f"test_{number}") for number in range(300)), record("failed"))
    text = summary(run, limit_bytes=5000)
    assert len(text.encode()) <= 5000
    shown = rows(text)
    assert "❌" in shown[0]
    assert f"… and {301 - len(shown)} more" in text


def test_a_run_of_many_thousand_fits_the_page_of_a_step() -> None:
    run = run_of(*(record("error", nodeid=f"test_{n}", phone=None, message="m" * 500) for n in range(9000)))
    assert len(summary(run).encode()) <= LIMIT_BYTES


def test_a_step_that_said_something_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "step.md"
    path.write_text("before\n")
    append_summary(run_of(record()), path)
    append_summary(run_of(record("failed")), path)
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.count("| test | phone |") == 2


def test_a_full_step_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "step.md"
    path.write_bytes(b"x" * (LIMIT_BYTES - 10))
    append_summary(run_of(record()), path)
    assert path.stat().st_size == LIMIT_BYTES - 10
