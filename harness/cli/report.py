"""``harness report``: a report told again from its timelines, and what the history of all runs tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.cli.out import Out
from harness.config.devices import DEFAULT_PATH, load_devices
from harness.errors import ConfigError
from harness.report.exports import write_exports
from harness.report.history import History, history_path
from harness.report.redact import Redactor
from harness.report.stored import left_aside, load
from harness.report.tell import counted, ran_on
from harness.report.trends import Flaky, LatencyTrend, Week, flaky, latency_trends, weeks


def rebuild(out: Out, directory: Path) -> None:
    """Write every export of a report anew, from what is in its directory; no phone is needed.

    Raises:
        ConfigError: there is no run in it, it cannot be written, or a devices.yaml here, which says what
            is redacted, is wrong.
    """
    run = load(directory, _redactor())
    try:
        write_exports(run, directory)
    except OSError as error:
        raise ConfigError(f"{directory}: the report cannot be written: {error.strerror}") from error
    page = directory / "index.html"
    told = {"path": str(page), "attempts": len(run.tests), "results": counted(run)}
    out.data(told, f"{page}: {counted(run)}; {ran_on(run)}")
    aside = left_aside(directory)
    if aside:
        out.talk(f"what the run was in the middle of when it was killed is told by {aside}: not redacted")


def _redactor() -> Redactor:
    """By the rules of the devices.yaml that pytest would read here, where there is one."""
    if not DEFAULT_PATH.exists():
        return Redactor()
    spec = load_devices().report
    return Redactor(spec.redact, unasked=not spec.hide_lan)


def history(out: Out, file: Path | None, pattern: str | None, days: float) -> None:
    """Say how often tests pass, how fast the app was woken, and which tests are flaky.

    Args:
        out: the command's voice.
        file: the history, or ``None`` for the one in the state directory.
        pattern: only tests whose name fits, as a shell's pattern; without ``*``, those that have it in them.
        days: latencies of the last so many days are compared with as many before.

    Raises:
        ConfigError: there is no history, or it cannot be used.
    """
    path = file or history_path()
    if not path.exists():
        raise ConfigError(f"there is no history in {path}", fix="A run of pytest with an iPhone begins one")
    known, fits = History(path), _glob(pattern)
    verdicts, latencies = known.verdicts(fits), known.latencies(fits)
    if not verdicts:
        out.talk("no test that fits was ever run on a phone")
        return
    _section(out, "pass rate per week", _WEEK_HEADS, (_week(one) for one in weeks(verdicts)))
    trends = latency_trends(latencies, now_s=time.time(), days=days)
    title = f"latency in the last {days:g} days, change against as many before"
    _section(out, title, _LATENCY_HEADS, (_latency(one) for one in trends))
    _section(out, "flaky: green and red without a change", _FLAKY_HEADS, map(_flaky, flaky(verdicts)))


_WEEK_HEADS = ("week", "hardware", "pass rate", "passed", "failed", "undecided")
_LATENCY_HEADS = ("test", "iOS", "hardware", "kind", "count", "p50", "p95", "p50 change", "p95 change")
_FLAKY_HEADS = ("test", "iOS", "model", "hardware", "score", "passed", "failed", "undecided", "last failed")


def _glob(pattern: str | None) -> str:
    if not pattern:
        return "*"
    return pattern if "*" in pattern else f"*{pattern}*"


def _section(out: Out, title: str, heads: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> None:
    listed = list(rows)
    if out.as_json:
        for row in listed:
            out.data({name: value for name, value in row.items() if name not in _SHOWN_ONLY}, "")
    else:
        out.line(f"# {title}")
        out.rows(heads, listed) if listed else out.line("none")
        out.line("")


_SHOWN_ONLY = ("pass rate", "iOS", "p50", "p95", "p50 change", "p95 change", "last failed")
"""Fields that are there for the tables."""


def _week(week: Week) -> dict[str, Any]:
    rate = week.pass_rate
    shown = "-" if rate is None else f"{rate:.0%}"
    return {"is": "week", **asdict(week), "pass_rate": rate, "pass rate": shown}


def _latency(trend: LatencyTrend) -> dict[str, Any]:
    return {
        "is": "latency",
        **asdict(trend),
        "iOS": trend.ios,
        "p50": f"{trend.p50_s:.3f}±{trend.error_s:.3f} s",
        "p95": f"{trend.p95_s:.3f} s",
        "p50 change": _change(trend.p50_change_s),
        "p95 change": _change(trend.p95_change_s),
    }


def _change(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:+.3f} s"


def _flaky(one: Flaky) -> dict[str, Any]:
    last = datetime.fromtimestamp(one.last_failed_s, UTC).strftime("%Y-%m-%d %H:%M")
    told = asdict(one) | {"score": round(one.score, 3)}
    return {"is": "flaky", **told, "iOS": one.ios, "last failed": last}
