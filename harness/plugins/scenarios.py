"""Stories of the catalogue: which of them are told, with which app, along which axes, and what was not told.

A test says which stories it tells, and the catalogue says what that takes. Where the app or the phone lacks
something the test is a skip, and a section at the end of the run lists every such skip with its reason: a
story that was not told must not pass for one that was.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from harness.errors import AppCannotBeTold, HarnessError
from harness.plugins.options import devices_file

if TYPE_CHECKING:
    from harness.api.axes import Axes
    from harness.api.leasedphones import LeasedPhone
    from harness.api.needs import Needs
    from harness.config.profile import AppProfile
    from harness.runtime.loop import LoopThread

MARK = (
    "scenario(*stories, triggers=..., rungs=...): the stories of the catalogue that the test tells, such as "
    "'S6'. It gets the first app that can be told all that they take; where app or phone lack something it "
    "is skipped, and listed with its reason. triggers= and rungs= stand in place of what the catalogue says, "
    "for a test that takes less or more than the whole story."
)

FIELD = "harness_not_told"
"""Name of the extra field of a report of a story that was not told: the stories, the phone and the reason."""

_NOT_TOLD = pytest.StashKey[dict[str, str]]()

ASK_S = 30.0
"""Protective deadline of asking a phone what is installed on it, in wall time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the catalogue."""
    group = parser.getgroup("harness", "iPhones")
    group.addoption(
        "--app",
        "--app-profile",
        action="append",
        dest="app",
        metavar="FILE",
        help="profile of the app under test, or a sample app's name; several times for several, of which a "
        "story gets the first that can be told it (default: defaults.app of devices.yaml)",
    )
    group.addoption(
        "--scenario",
        action="append",
        metavar="STORIES",
        help="tell only these stories of the catalogue, such as S6,S16 (docs/catalogue.md has them all)",
    )
    group.addoption(
        "--axes",
        default="",
        metavar="AXES",
        help="tell the stories that take axes (docs/scenarios.md) in every combination of these positions, "
        "such as 'end=sigkill,force-quit network=wifi,lossy refresh=on,app-off,off low_power=off,on'",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, and see what ``--axes`` asks for.

    Raises:
        pytest.UsageError: there is no such axis or position.
    """
    config.addinivalue_line("markers", MARK)
    if asked := config.getoption("--axes"):
        from harness.api.axes import parse_axes

        try:
            parse_axes(str(asked))
        except HarnessError as error:
            raise pytest.UsageError(f"--axes: {error}") from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test per combination of positions out of a test that takes ``axes``."""
    if "axes" not in metafunc.fixturenames or _names_its_own(metafunc.definition):
        return
    from harness.api.axes import parse_axes

    combinations = parse_axes(str(metafunc.config.getoption("--axes")))
    metafunc.parametrize("axes", combinations, indirect=True, ids=str)


def _names_its_own(item: pytest.Item) -> bool:
    """Whether a test says itself which combinations it is told in."""
    told = (mark.args[0] for mark in item.iter_markers("parametrize") if mark.args)
    names = (one.split(",") if isinstance(one, str) else one for one in told)
    return any("axes" in (name.strip() for name in some) for some in names)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the stories that tests name; with ``--scenario`` keep only those that tell one of these.

    Raises:
        pytest.UsageError: the catalogue has no such story.
    """
    asked: list[str] = config.getoption("--scenario") or []
    marked = [item for item in items if _stories(item)]
    if not marked and not asked:
        return
    from harness.api.needs import story

    try:
        wanted = {story(one.strip()).number for text in asked for one in text.split(",")}
        told = {item.nodeid: {story(one).number for one in _stories(item)} for item in marked}
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    if wanted:
        dropped = [item for item in items if not told.get(item.nodeid, set()) & wanted]
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if told.get(item.nodeid, set()) & wanted]


def _stories(item: pytest.Item) -> tuple[str, ...]:
    marks = item.iter_markers("scenario")
    return tuple(dict.fromkeys(str(number) for mark in marks for number in mark.args))


# ---- what a test needs, and what it gets


@pytest.fixture
def axes(request: pytest.FixtureRequest) -> Axes:
    """The combination of positions that the test is told in; see ``--axes``."""
    return request.param


@pytest.fixture
def scenario_needs(request: pytest.FixtureRequest) -> Needs:
    """What the stories of the test take, and what the positions that it is told in take."""
    return needs_for(request.node)


def needs_for(item: pytest.Item) -> Needs:
    """What the stories of a test take, known before it is run."""
    from harness.api.needs import Needs, needs_of

    needs = needs_of(_stories(item))
    mark = item.get_closest_marker("scenario")
    given = dict(mark.kwargs) if mark else {}
    needs = Needs(
        tuple(given.get("triggers", needs.triggers)),
        tuple(given.get("rungs", needs.rungs)),
    )
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    told_in: Axes | None = parameters.get("axes")
    return needs + told_in.needs if told_in is not None else needs


@pytest.fixture(scope="session")
def app_profiles(pytestconfig: pytest.Config) -> tuple[AppProfile, ...]:
    """The profiles to choose from: of ``--app``, else devices.yaml's, else the sample app's."""
    from harness.config.profile import load_profile

    named: list[str] | None = pytestconfig.getoption("--app")
    return tuple(load_profile(path) for path in named or devices_file(pytestconfig).app_profile_paths)


@pytest.fixture
def app_profile(
    request: pytest.FixtureRequest, app_profiles: tuple[AppProfile, ...], scenario_needs: Needs
) -> AppProfile:
    """The profile of the app under test: the first that can be told all that the test's stories take."""
    from harness.api.needs import choose_app

    profile, lack = choose_app(app_profiles, scenario_needs)
    if lack:
        not_told(request, f"not with this app: {lack}", profile.name)
    return profile


@pytest.fixture
def fit_phone(
    request: pytest.FixtureRequest,
    harness_loop: LoopThread,
    app_profile: AppProfile,
    leased_phone: LeasedPhone,
    scenario_needs: Needs,
) -> LeasedPhone:
    """The phone of the test, which offers all that its stories take."""
    from harness.api.needs import phone_lacks

    asking = phone_lacks(leased_phone.phone, app_profile, scenario_needs)
    lacking = harness_loop.run(asking, ASK_S, what="asking what the phone offers")
    if lacking:
        reason = f"not on this phone: needs {', '.join(rung.value for rung in lacking)}"
        not_told(request, reason, leased_phone.identity.name)
    return leased_phone


def tells_a_story(item: pytest.Item) -> bool:
    """Whether a test is one of the catalogue's."""
    return bool(_stories(item))


def not_told(request: pytest.FixtureRequest, reason: str, on: str) -> NoReturn:
    """Skip a test, so that it is listed with the reason.

    Args:
        request: of any fixture of the test.
        reason: what is lacking.
        on: the phone or app that lacks it.
    """
    axes = str(request.getfixturevalue("axes")) if "axes" in request.fixturenames else ""
    _skip(request.node, reason, on, axes)


def _skip(item: pytest.Item, reason: str, on: str, axes: str = "") -> NoReturn:
    stories = " ".join(_stories(item)) or item.name
    item.stash[_NOT_TOLD] = {"stories": f"{stories} {axes}".rstrip(), "on": on, "reason": reason}
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Generator[None, object, object]:
    """Where an app turns out on the way not to know a word, or a part of what is said, it was not told."""
    try:
        return (yield)
    except AppCannotBeTold as error:
        if not tells_a_story(item):
            raise
        profile = cast("AppProfile", item.funcargs["app_profile"])
        reason = error.what.removeprefix(f"{profile.name} ")
        _skip(item, f"not with this app: {reason}", profile.name)


# ---- the section


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what was not told into the report, as xdist carries it."""
    report = yield
    if report.skipped and _NOT_TOLD in item.stash:
        setattr(report, FIELD, item.stash[_NOT_TOLD])
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the stories that were not told, by reason."""
    lines = list(untold(terminalreporter.stats.get("skipped", ())))
    if lines:
        terminalreporter.write_sep("-", "stories not told")
        for line in lines:
            terminalreporter.write_line(line)


def untold(reports: Iterable[Any]) -> Iterable[str]:
    """A line per reason, with the stories and where each was not told.

    Args:
        reports: those of tests that were skipped.
    """
    by_reason: dict[str, dict[str, dict[str, None]]] = {}
    for report in reports:
        told: dict[str, str] | None = getattr(report, FIELD, None)
        if told is not None:
            stories = by_reason.setdefault(told["reason"], {})
            stories.setdefault(told["stories"], {})[told["on"]] = None
    for reason, stories in by_reason.items():
        listed = "; ".join(f"{name} ({', '.join(places)})" for name, places in stories.items())
        yield f"{reason}: {listed}"
