"""A fault of the rack in the middle of a test: the phone is left alone, and the test is run once more.

A phone that went away says nothing about the app. So the test is run again on another phone, once, and both
attempts stay in every report: the first as skipped with its reason, which no other plugin takes for a pass
or a failure, and the second as what the test came to. A verdict or an error of the app never leads to that,
and where no other phone would do, the fault stays the test's error.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import DeviceLost, HarnessError, HostLost, LeaseLost
from harness.plugins.janitor import DESK
from harness.plugins.seating import seat_for

if TYPE_CHECKING:
    from harness.api.desk import Desk
    from harness.model.identity import PhoneIdentity

RACK_FAULTS = (LeaseLost, DeviceLost, HostLost)
"""What says that the phone, its host, or the right to it is gone."""

FIELD = "harness_interrupted"
"""Name of the extra field of a report of an attempt that the rack interrupted: by what."""

PROPERTY = "harness.interrupted"
"""Name of the user property of the second attempt, in JUnit too: what interrupted the first."""

AGAIN = 1
"""Priority of a second attempt: who was interrupted has waited for its turn already."""

LETTER = ("rerun", "R", "INTERRUPTED")

_INTERRUPTED = pytest.StashKey[str]()
_SECOND = pytest.StashKey[str]()
_AVOIDED = pytest.StashKey[frozenset[str]]()
_LOST = pytest.StashKey[set[str]]()
"""Phones that went away in this process's tests, by name."""


# ---- which phones are left alone


def is_second(item: pytest.Item) -> bool:
    """Whether the attempt under way is a test's second."""
    return _SECOND in item.stash


def without_lost(
    item: pytest.Item, slots: Sequence[Sequence[PhoneIdentity]]
) -> tuple[tuple[PhoneIdentity, ...], ...]:
    """The phones that would do for a test, less those that went away, as long as others are left."""
    for gone in (_lost(item.config) | _avoided(item), _avoided(item)):
        some = tuple(tuple(phone for phone in slot if phone.name not in gone) for slot in slots)
        if _enough(some):
            return some
    return tuple(map(tuple, slots))


def _enough(slots: Sequence[Sequence[PhoneIdentity]]) -> bool:
    names = tuple(tuple(phone.name for phone in slot) for slot in slots)
    return seat_for(names, {name for slot in names for name in slot}) is not None


def _avoided(item: pytest.Item) -> frozenset[str]:
    return item.stash.get(_AVOIDED, frozenset[str]())


def _lost(config: pytest.Config) -> frozenset[str]:
    from harness.plugins.scheduling import RUN

    run = config.stash.get(RUN, None)
    return frozenset(config.stash.get(_LOST, set[str]())) | (run.lost if run else frozenset[str]())


def _lose(config: pytest.Config, names: Iterable[str]) -> None:
    from harness.plugins.scheduling import RUN

    run = config.stash.get(RUN, None)
    for name in names:
        config.stash.setdefault(_LOST, set()).add(name)
        if run:
            run.lose(name)


def _gone(item: pytest.Item, desk: Desk, error: HarnessError) -> frozenset[str]:
    """The names of the phones that an error says are gone: of a lost host all, else the one or the test's."""
    from harness.plugins.report import PHONE

    named = desk.name_of(error.phone or "")
    held = item.stash.get(PHONE, None)
    names = {named} if named else {held.identity.name} if held else set[str]()
    return frozenset(names | desk.beside(names)) if isinstance(error, HostLost) else frozenset(names)


# ---- the first attempt


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside of the others, which tell of the error as it is
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell a fault of the rack in a first attempt as what it is, when the test can be run once more."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, HarnessError) and report.failed and _is_interrupted(item, call.when, error):
        _tell_interrupted(item, report, error)
    return report


def _is_interrupted(item: pytest.Item, when: str, error: HarnessError) -> bool:
    if when == "teardown":
        # What else goes wrong at a phone that is gone is of the same attempt.
        return _INTERRUPTED in item.stash
    desk = item.config.stash.get(DESK, None)
    if desk is None or _SECOND in item.stash or not isinstance(error, RACK_FAULTS):
        return False
    gone = _gone(item, desk, error)
    return bool(gone) and _leave_alone(item, desk, error, gone)


def _leave_alone(item: pytest.Item, desk: Desk, error: HarnessError, gone: Collection[str]) -> bool:
    """Have the phones that are gone used no more; ``False`` when no others would do for the test."""
    from harness.plugins.requirements import requirement_of

    if isinstance(error, LeaseLost):
        desk.forget()  # the phones are well; it is this process that has no right to them any more
    else:
        _lose(item.config, gone)
    slots = requirement_of(item.config, item).slots
    # An agent is started again by itself, and cables are put back: what was lost before may be there by now.
    still_lost = _lost(item.config) - desk.served()
    others = {name for slot in slots for name in slot} - still_lost - set(gone)
    if not slots or seat_for(slots, others) is None:
        return False
    item.stash[_INTERRUPTED] = f"{type(error).__name__}: {error}"
    item.stash[_AVOIDED] = frozenset(gone)
    return True


def _tell_interrupted(item: pytest.Item, report: pytest.TestReport, error: HarnessError) -> None:
    path, line, _ = item.location
    report.outcome = "skipped"
    report.longrepr = (path, (line or 0) + 1, f"interrupted by the rack: {type(error).__name__}: {error}")
    setattr(report, FIELD, f"{type(error).__name__}: {error}")


# ---- the second


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Run a test once more that the rack has interrupted."""
    result = yield
    interrupted = item.stash.get(_INTERRUPTED, "")
    if interrupted:
        _forget_first(item)
        item.stash[_SECOND] = interrupted
        item.user_properties = [(PROPERTY, interrupted)]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=nextitem)
    return result


def _forget_first(item: pytest.Item) -> None:
    """Take from a test what its first attempt left for the reports of that attempt."""
    from harness.plugins import fixtures, report, verdicts

    del item.stash[_INTERRUPTED]
    keys = (
        fixtures.SESSION,
        fixtures.OTHERS,
        report.PHONE,
        report.TIMELINE,
        report.ARTIFACTS,
        verdicts.UNMET,
    )
    for key in keys:
        _drop(item, key)


def _drop(item: pytest.Item, key: pytest.StashKey[Any]) -> None:
    if key in item.stash:
        del item.stash[key]


# ---- telling of both


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """``R`` for an attempt that the rack interrupted; what came of its teardown has no letter of its own."""
    if not hasattr(report, FIELD):
        return None
    return LETTER if report.when != "teardown" else ("", "", "")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the tests that were interrupted, by what, and what they came to."""
    stats: dict[str, list[Any]] = terminalreporter.stats
    first = stats.get(LETTER[0], [])
    if not first:
        return
    terminalreporter.write_sep("-", "interrupted by the rack, and run once more")
    for report in first:
        terminalreporter.write_line(report.nodeid)
        terminalreporter.write_line(f"  {getattr(report, FIELD)}{_where(report, ' (on {})')}")
        terminalreporter.write_line(f"  then {_came_to(stats, report.nodeid)}")


def _came_to(stats: dict[str, list[Any]], nodeid: str) -> str:
    for outcome in ("error", "failed", "passed", "skipped", "xfailed", "xpassed"):
        for report in stats.get(outcome, []):
            if getattr(report, "nodeid", "") == nodeid and not hasattr(report, FIELD):
                return outcome + _where(report, " on {}")
    return "not run to its end"


def _where(report: Any, words: str) -> str:
    from harness.plugins.report import LEFT_FIELD

    left: dict[str, Any] = getattr(report, LEFT_FIELD, {})
    phone: dict[str, str] | None = left.get("phone")
    return words.format(phone["name"]) if phone else ""
