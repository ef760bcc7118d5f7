"""What always holds on a phone, whatever is done to it in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from harness.model.states import AppState, to_springboard
from harness.virtual.kernel.memory import GIB
from harness.virtual.kernel.processes.policies import ENDINGS
from harness.virtual.kernel.rules import ExitDomain, Subsystem, TerminationCode
from tests.virtual.kernel.world import (
    APPS,
    POLICIES,
    REASONS,
    REFRESH_POSITIONS,
    TASKS,
    Act,
    Launch,
    World,
)

Seen = TypeVar("Seen")

app = st.sampled_from(APPS)
NOBODY, NOTHING = st.just(""), st.none()
yes_or_no = st.booleans()

EXAMPLES_PER_MACHINE = 8
"""Runs for each of ``--machine-examples``: a phone without a socket is quick."""

STEPS_PER_MACHINE = 2
"""Steps for each of ``--machine-steps``."""

WISHES = (
    ("wake", "nsurlsessiond"),
    ("wake", "apsd"),
    ("prewarm", None),
    ("push", None),
    ("move", True),
    ("move", False),
)
"""What the system does to run an app in the background."""

KNOWN_CODES = {int(code) for code in TerminationCode} | {ending.code for ending in ENDINGS.values()}
TOOLS = ("developer tools launch", "user launch")


def of(
    word: str, app: st.SearchStrategy[str] = NOBODY, value: st.SearchStrategy[Any] = NOTHING
) -> st.SearchStrategy[Act]:
    """Acts of one word."""
    return st.builds(Act, st.just(word), app, value)


class PhoneMachine(RuleBasedStateMachine):
    """One world; every act is kept, so that it can be played again."""

    def __init__(self) -> None:
        super().__init__()
        self._root = Path(tempfile.mkdtemp(prefix="phone-"))
        self._script: list[Act] = []
        self._told = 0.0
        self._checked = Counter[str]()

    @initialize(ios=st.sampled_from(("15.8", "17.5", "18.5", "26.0")), seed=st.integers(1, 50))
    def switch_on(self, ios: str, seed: int) -> None:
        self._ios, self._seed = ios, seed
        self.world = World(self._root / "first", ios=ios, seed=seed)

    @rule(
        act=st.one_of(
            of("tap", app),
            of("home"),
            of("swipe", app),
            of("lock"),
            of("unlock"),
            of("passcode", value=st.sampled_from((None, "1234"))),
        )
    )
    def a_person_acts(self, act: Act) -> None:
        self._do(act)

    @rule(
        act=st.one_of(
            of("launch", app),
            of("launch behind", app),
            of("launch stopped", app),
            of("bring forward", app),
            of("signal", app, st.sampled_from((9, 15, 17, 19))),
            of("attach", app),
            of("detach", app),
            of("automation", app),
            of("install", app, st.integers(2, 9)),
            of("uninstall", app),
        )
    )
    def a_tool_acts(self, act: Act) -> None:
        self._do(act)

    @rule(
        act=st.one_of(
            of("jetsam", app),
            of("end for", app, st.sampled_from(POLICIES)),
            of("wake", app, st.sampled_from(("nsurlsessiond", "apsd"))),
            of("prewarm", app),
            of("push", app),
            of("move", value=yes_or_no),
        )
    )
    def the_system_acts(self, act: Act) -> None:
        self._do(act)

    @rule(
        act=st.one_of(
            of("submit", app, st.sampled_from(tuple(TASKS))),
            of("play", app),
            of("begin task", app),
            of("allocate", app, st.sampled_from((GIB // 2, 2 * GIB, 5 * GIB))),
            of("block", app, st.sampled_from((2.0, 8.0, 40.0))),
            of("lock file", app),
            of("exit", app),
            of("crash", app),
        )
    )
    def an_app_acts(self, act: Act) -> None:
        self._do(act)

    @rule(
        act=st.one_of(
            of("refresh", value=st.sampled_from(REFRESH_POSITIONS)),
            of("app refresh", app, yes_or_no),
            of("low power", value=yes_or_no),
            of("charge", value=yes_or_no),
        )
    )
    def settings_change(self, act: Act) -> None:
        self._do(act)

    @rule(bundle_id=app, wish=st.sampled_from(WISHES), boots=yes_or_no)
    def the_system_wants_what_was_swiped_away(
        self, bundle_id: str, wish: tuple[str, Any], boots: bool
    ) -> None:
        """Rare by chance, and what the flag is about."""
        word, value = wish
        self._do(Act("swipe", bundle_id))
        for act in (Act("reboot"), Act("wait", value=40.0), Act("unlock")) if boots else ():
            self._do(act)
        self._do(Act("wait", value=8.0))
        self._do(Act(word, bundle_id, value))
        self._do(Act("wait", value=30.0))

    @rule(act=st.one_of(of("reboot"), of("shut down"), of("switch on")))
    def the_phone_goes_down_or_up(self, act: Act) -> None:
        self._do(act)

    @rule(act=of("wait", value=st.sampled_from((0.05, 0.5, 4.0, 30.0, 400.0, 2_000.0))))
    def time_passes(self, act: Act) -> None:
        self._do(act)

    def _do(self, act: Act) -> None:
        before_s = self.world.phone.clock.now_s
        self._script.append(act)
        self.world.do(act)
        assert self.world.phone.clock.now_s >= before_s, "the clock has gone back"

    @invariant()
    def no_code_runs_while_suspended_or_stopped(self) -> None:
        for note in self._new("notes", self.world.notes):
            assert note.state.runs_code, note
            assert not note.stopped, note

    @invariant()
    def a_flag_keeps_the_app_down_unless_the_table_says_otherwise(self) -> None:
        for launch in self._new("launches", self.world.launches):
            if launch.flagged and launch.reason not in TOOLS:
                assert self._may_launch(launch), launch

    def _may_launch(self, launch: Launch) -> bool:
        begins = (start for start in REASONS if launch.reason.startswith(start))
        subsystem = REASONS[next(begins)]
        rules = self.world.phone.rules
        booted = any(act.word in ("reboot", "switch on") for act in self._script)
        lifted = subsystem is Subsystem.LOCATION and rules.reboot_unblocks_location and booted
        return lifted or not rules.force_quit_blocks(subsystem)

    @invariant()
    def every_exit_has_a_cause(self) -> None:
        for record in self._new("exits", self.world.exits):
            assert record.reason, record
            assert record.started_s <= record.at_s, record
            assert record.last_state is not AppState.NOT_RUNNING, record
            if record.domain in (ExitDomain.FRONTBOARD, ExitDomain.RUNNINGBOARD):
                assert record.code in KNOWN_CODES, record

    @invariant()
    def an_app_has_one_process_at_most(self) -> None:
        running = Counter(process.bundle_id for process in self.world.phone.processes.applications())
        assert all(count == 1 for count in running.values()), running

    @invariant()
    def every_process_that_was_launched_runs_or_has_ended_once(self) -> None:
        ended = [record.bundle_id for record in self.world.exits if record.bundle_id]
        running = self.world.phone.processes.applications()
        assert len(self.world.launches) == len(ended) + len(running)

    @invariant()
    def states_told_are_states_held(self) -> None:
        held = {process.pid: process.state for process in self.world.phone.processes.applications()}
        told = {event.pid: event.state for event in self.world.shown}
        assert told == {pid: to_springboard(state) for pid, state in held.items()}
        last = {event.pid: event.state for event in self.world.states[-20:]}
        assert all(told.get(pid, 1) == state for pid, state in last.items())

    @invariant()
    def one_app_at_most_is_in_front_and_none_while_locked(self) -> None:
        phone = self.world.phone
        shown = [process for process in phone.processes.applications() if process.state.is_foreground]
        leaving = [process for process in shown if phone.springboard.switcher.is_quitting(process)]
        assert [process for process in shown if process not in leaving] == (
            [phone.springboard.front] if phone.springboard.front is not None else []
        )
        assert not (phone.locked and phone.springboard.front)

    @invariant()
    def what_is_suspended_is_kept_running_by_nothing(self) -> None:
        phone = self.world.phone
        for process in phone.processes.applications():
            if process.state is AppState.SUSPENDED:
                assert phone.runningboard.assertions_of(process.pid) == ()
                assert not process.traced

    @invariant()
    def nothing_runs_on_a_phone_that_is_down(self) -> None:
        if not self.world.phone.conditions.is_up:
            assert self.world.phone.running_processes() == ()

    @invariant()
    def the_log_never_goes_back(self) -> None:
        for event in self._new("log", self.world.log):
            assert event.wall_s >= self._told, event
            self._told = event.wall_s

    def _new(self, what: str, seen: list[Seen]) -> list[Seen]:
        """What was added since the last look."""
        start, self._checked[what] = self._checked[what], len(seen)
        return seen[start:]

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self._play_again()
        finally:
            shutil.rmtree(self._root, ignore_errors=True)

    def _play_again(self) -> None:
        """The same seed and the same script give the same phone."""
        again = World(self._root / "again", ios=self._ios, seed=self._seed)
        for act in self._script:
            again.do(act)
        assert again.log == self.world.log
        assert again.states == self.world.states
        assert again.exits == self.world.exits
        assert again.notes == self.world.notes


def test_what_always_holds(pytestconfig: pytest.Config) -> None:
    examples = cast("int", pytestconfig.getoption("machine_examples"))
    steps = cast("int", pytestconfig.getoption("machine_steps"))
    limits = settings(
        max_examples=EXAMPLES_PER_MACHINE * examples, stateful_step_count=STEPS_PER_MACHINE * steps
    )
    run_state_machine_as_test(PhoneMachine, settings=limits)
