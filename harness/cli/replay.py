"""``harness replay``: a stored timeline is judged again, without a phone.

Of a tape the timeline is told anew first, so that what is judged are the phone's own bytes.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from harness.cli.out import EXPECTATION_FAILED, INCONCLUSIVE, OK, Out
from harness.errors import ConfigError
from harness.evidence.record import Entry, read_entries
from harness.evidence.tape import is_tape, read_tape
from harness.evidence.teller import entries_of
from harness.expect.plain import plain
from harness.expect.replay import Rejudged, replay
from harness.expect.story import tell
from harness.model.reasons import Outcome
from harness.model.run import Begun, Judged


def rejudge(out: Out, path: Path, *, hindsight: bool, verbose: bool) -> int:
    """Judge every question of a timeline again, say what came of each, and return the exit code.

    Args:
        out: the command's voice.
        path: the timeline, or a tape.
        hindsight: judge over the whole file, also over what came after the live verdict.
        verbose: tell each verdict's whole story.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    entries = _read(path)
    _look_here_for_predicates()
    results = tuple(replay(entries, hindsight=hindsight))
    _introduce(out, entries)
    for number, result in enumerate(results, 1):
        out.data(_fields(number, result), _told(number, result, hindsight=hindsight, verbose=verbose))
    _sum_up(out, results, path, hindsight=hindsight)
    return exit_code(results, hindsight=hindsight)


def _look_here_for_predicates() -> None:
    """Let predicates of a test's own be found from the directory that pytest ran in.

    A console script does not look there by itself. What is installed comes first.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)


def _read(path: Path) -> tuple[Entry, ...]:
    try:
        if is_tape(path):
            return tuple(entries_of(read_tape(path)))
        with path.open(encoding="utf-8") as lines:
            return tuple(read_entries(lines))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except ValueError as error:
        raise ConfigError(
            f"is neither a timeline nor a tape: {error}",
            path=str(path),
            fix="`pytest --timelines DIR` keeps the timeline of each test, and with --tapes its tape.",
        ) from error


def _introduce(out: Out, entries: Iterable[Entry]) -> None:
    begun = next((entry for entry in entries if isinstance(entry, Begun)), None)
    if begun:
        out.talk(plain(f"{begun.test or 'a run'} on {begun.phone.name}, iOS {begun.phone.ios}"))


def exit_code(results: Iterable[Rejudged], *, hindsight: bool = False) -> int:
    """0: all passed and agree; 1: one failed; 5: one is invalid, inconclusive, or not what it was.

    A verdict that does not follow from its own timeline is no evidence of anything, so that comes first.
    """
    listed = tuple(results)
    if not hindsight and not all(result.agrees for result in listed):
        return INCONCLUSIVE
    outcomes = {result.verdict.outcome if result.verdict else None for result in listed}
    if Outcome.FAILED in outcomes:
        return EXPECTATION_FAILED
    return OK if outcomes <= {Outcome.PASSED} else INCONCLUSIVE


def _fields(number: int, result: Rejudged) -> dict[str, object]:
    live, now = result.live, result.verdict
    return {
        "number": number,
        "question": live.told,
        "live": {"outcome": live.outcome, "reason": live.reason},
        "now": {"outcome": now.outcome, "reason": now.reason} if now else None,
        "agrees": result.agrees,
        "why_not": result.why_not,
        "story": tell(now) if now else live.story,
    }


def _told(number: int, result: Rejudged, *, hindsight: bool, verbose: bool) -> str:
    head = f"{number}. {_in_words(result.live)}: {plain(result.live.told)}"
    lines = [head, *_changed(result, hindsight=hindsight)]
    if verbose:
        story = tell(result.verdict) if result.verdict else plain(result.live.story, keep_lines=True)
        lines += [f"   {line}" for line in story.splitlines()]
    return "\n".join(lines)


def _in_words(judged: Judged) -> str:
    return f"{judged.outcome} {judged.reason}"


def _changed(result: Rejudged, *, hindsight: bool) -> list[str]:
    if result.agrees:
        return []
    if result.verdict is None:
        return [f"   not judged again: {result.why_not}"]
    now = f"{result.verdict.outcome} {result.verdict.reason}"
    return [f"   in hindsight: {now}"] if hindsight else [f"   DISAGREES: judged again it is {now}"]


def _sum_up(out: Out, results: tuple[Rejudged, ...], path: Path, *, hindsight: bool) -> None:
    counted = Counter(str(result.verdict.outcome) for result in results if result.verdict)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items()))
    out.talk(f"{len(results)} verdict(s): {told or 'none'}")
    lost = sum(result.verdict is None for result in results)
    if lost:
        out.talk(f"{lost} could not be judged again, so nothing is said about them")
    wrong = sum(result.verdict is not None and not result.agrees for result in results)
    if wrong and not hindsight:
        out.talk(
            f"harness: {path}: {wrong} live verdict(s) do not follow from the entries before them. "
            "Either the file was changed after the run, or it was judged by another version of the harness."
        )
