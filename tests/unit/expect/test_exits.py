"""Why a process ended: which evidence says which cause, what beats what, and what stays open."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.expect.exit_table import ROWS, STATUS_ROWS
from harness.expect.exits import cause_of
from harness.model import facts as fact
from harness.model.exits import DOMAIN_NUMBERS, ExitCause, ExitDomain, ExitStory, domain_of
from harness.model.facts import ReportKind, Source, Verb, Warned
from harness.model.states import AppState
from harness.model.time import Instant, written
from tests.unit.expect.story import ACT_S, BUNDLE, NEW, OLD, Story, asleep

WATCHDOG = 0x8BADF00D
TRANSGRESSION = f"process-launch watchdog transgression: app<{BUNDLE}>:{OLD} exhausted real time"


def found(told: Story, pid: int = OLD) -> ExitStory:
    return cause_of(told.evidence(), BUNDLE, pid)


def cause(told: Story, pid: int = OLD) -> ExitCause:
    return found(told, pid).cause


def report(
    told: Story,
    namespace: str,
    code: int,
    *,
    at: float,
    signal: int = 9,
    explanation: str = "",
    victim: bool = True,
) -> Story:
    """The phone keeps a report of the process."""
    kind = ReportKind.JETSAM if namespace == "JETSAM" else ReportKind.CRASH
    told.facts.append(
        fact.ReportFound(
            at=Instant(at, 0.00005),
            source=Source.REPORTS,
            bundle_id=BUNDLE,
            pid=OLD,
            name="R.ips",
            kind=kind,
            namespace=namespace,
            code=code,
            signal=signal,
            explanation=explanation,
            victim=victim,
        )
    )
    return told


def pushed(told: Story, domain: str, code: int, *, at: float, error_s: float = 0.05) -> Story:
    """Process control pushes a wait status, which the phone does not date."""
    told.facts.append(
        fact.ProcessEnded(
            at=Instant(at, error_s),
            source=Source.PROCESS_EVENTS,
            bundle_id=BUNDLE,
            pid=OLD,
            domain=domain,
            code=code,
        )
    )
    return told


def our_kill(before: float, after: float) -> fact.ActionTaken:
    """A signal of the harness to the process that was launched by hand, between two readings of the clock."""
    span = after - before
    at = Instant(before + span / 2, span / 2)
    return fact.ActionTaken(at=at, source=Source.HARNESS, bundle_id=BUNDLE, pid=OLD, verb=Verb.KILL)


def cut_to_microseconds(at: float) -> float:
    """What a log record says of a moment: whole seconds, and the whole microseconds that have passed."""
    seconds, rest = divmod(at, 1)
    return seconds + int(rest * 1_000_000) / 1_000_000


def asked(
    told: Story,
    code: int,
    *,
    at: float,
    domain: int = 10,
    who: str = "com.apple.SpringBoard",
    why: str = "",
    pid: int = OLD,
) -> Story:
    """runningboardd was asked to end a process, which it names by its pid, or by its app when that is 0."""
    told.facts.append(
        fact.TerminationRequested(
            at=written(at),
            source=Source.SYSTEM_LOG,
            bundle_id="" if pid else BUNDLE,
            pid=pid,
            requester=who,
            domain=domain,
            code=code,
            explanation=why,
        )
    )
    return told


def ended(domain: str, code: int, *, why: str = "", at: float = 5.0) -> Story:
    """The log's record of an end, with the words of the phone."""
    told = asleep()
    told.facts.append(
        fact.ProcessEnded(
            at=written(at),
            source=Source.SYSTEM_LOG,
            bundle_id=BUNDLE,
            pid=OLD,
            domain=domain,
            code=code,
            explanation=why,
        )
    )
    return told.state(AppState.NOT_RUNNING, at=at, pid=OLD)


def gone(at: float = 5.0) -> Story:
    """It is gone, and no record tells how."""
    return asleep().state(AppState.NOT_RUNNING, at=at, pid=OLD)


RECORDS: dict[str, tuple[Story, ExitCause]] = {
    "exit(3)": (ended("voluntary", 3), ExitCause.VOLUNTARY),
    "jetsam": (ended("jetsam", 4), ExitCause.JETSAM),
    "SIGKILL that nobody of ours sent": (ended("signal", 9), ExitCause.OTHER_SIGNAL),
    "SIGTERM": (ended("signal", 15), ExitCause.OTHER_SIGNAL),
    "SIGSEGV": (ended("signal", 11), ExitCause.CRASH),
    "SIGABRT": (ended("signal", 6), ExitCause.CRASH),
    "an invalid page": (ended("codesigning", 2), ExitCause.CODE_SIGNING),
    "a missing library": (ended("dyld", 1), ExitCause.CRASH),
    "a guarded file": (ended("guard", 7), ExitCause.CRASH),
    "swiped away": (ended("frontboard", 0xDEADFA11), ExitCause.USER_FORCE_QUIT),
    "swiped away, up to iOS 14": (ended("SPRINGBOARD", 0xDEADFA11), ExitCause.USER_FORCE_QUIT),
    "an automation tool": (ended("frontboard", 0xFBFBFBFB), ExitCause.AUTOMATION),
    "a lock held": (ended("runningboard", 0xDEAD10CC), ExitCause.LOCK_HELD),
    "heat": (ended("frontboard", 0xC00010FF), ExitCause.THERMAL),
    "a VoIP push": (ended("frontboard", 0xBAADCA11), ExitCause.VOIP),
    "a processor limit": (ended("runningboard", 0xC51BAD01), ExitCause.SYSTEM_RULE),
    "a background task": (ended("runningboard", 0x2182BAD2), ExitCause.BACKGROUND_TASK_WATCHDOG),
    "a session's events": (ended("assertiond", 0x2182BAD3), ExitCause.URL_SESSION_WATCHDOG),
    "a fetch": (ended("runningboard", 0x2182BAD4), ExitCause.FETCH_WATCHDOG),
    "another assertion": (ended("runningboard", 0x2182BAAD), ExitCause.ASSERTION_WATCHDOG),
    "a watchdog": (ended("frontboard", WATCHDOG), ExitCause.WATCHDOG),
    "a watchdog of FBProcessExitContext": (ended("watchdog", 0), ExitCause.WATCHDOG),
    "a launch": (ended("frontboard", WATCHDOG, why=TRANSGRESSION), ExitCause.LAUNCH_WATCHDOG),
    "a scene": (
        ended("frontboard", WATCHDOG, why="scene-create watchdog transgression: x"),
        ExitCause.SCENE_CREATE_WATCHDOG,
    ),
    "an exit": (
        ended("frontboard", WATCHDOG, why="[x:500] Failed to terminate gracefully after 5.0s"),
        ExitCause.EXIT_WATCHDOG,
    ),
    "a code nobody knows": (ended("frontboard", 0x1234), ExitCause.UNKNOWN),
    "a domain nobody knows": (ended("bluetooth", 1), ExitCause.UNKNOWN),
}


@pytest.mark.parametrize("what", RECORDS)
def test_the_phone_s_own_record_names_the_cause(what: str) -> None:
    told, expected = RECORDS[what]
    assert cause(told) is expected


def test_the_bundle_identifier_in_the_words_of_a_watchdog_names_no_watchdog() -> None:
    why = "scene-update watchdog transgression: app<com.x.process-launch>:500 exhausted"
    assert cause(ended("frontboard", WATCHDOG, why=why)) is ExitCause.SCENE_UPDATE_WATCHDOG


TOGETHER: dict[str, tuple[Story, ExitCause]] = {
    "a report names the watchdog where the push says SIGKILL": (
        report(pushed(gone(), "signal", 9, at=5), "FRONTBOARD", WATCHDOG, at=5, explanation=TRANSGRESSION),
        ExitCause.LAUNCH_WATCHDOG,
    ),
    "a report says which watchdog the log only calls one": (
        report(ended("frontboard", WATCHDOG), "FRONTBOARD", WATCHDOG, at=5.1, explanation=TRANSGRESSION),
        ExitCause.LAUNCH_WATCHDOG,
    ),
    "a request says which": (
        asked(ended("frontboard", WATCHDOG), WATCHDOG, at=4.9, why=TRANSGRESSION),
        ExitCause.LAUNCH_WATCHDOG,
    ),
    "the exception's words make a crash the VoIP rule": (
        report(ended("signal", 6), "SIGNAL", 6, at=5, signal=6, explanation="… a PushKit VoIP push."),
        ExitCause.VOIP,
    ),
    "PushKit's line makes a crash the VoIP rule": (
        ended("signal", 6).log(fact.AppWarned, at=4.99, pid=OLD, of=Warned.CALL_NOT_REPORTED),
        ExitCause.VOIP,
    ),
    "PushKit's line alone is a hint": (
        gone().log(fact.AppWarned, at=4.99, pid=OLD, of=Warned.CALL_NOT_REPORTED),
        ExitCause.UNKNOWN,
    ),
    "the kernel's line, and gone": (asked(gone(), 0, at=4.99, domain=1, who="kernel"), ExitCause.JETSAM),
    "a request of installd": (
        asked(ended("frontboard", 0), 0, at=4.99, who="com.apple.installd", why=f"Installing {BUNDLE}"),
        ExitCause.UPDATE,
    ),
    "a launch that replaces": (
        asked(
            ended("frontboard", 0), 0, at=4.99, why="Terminating any existing instance before DTServiceHub"
        ),
        ExitCause.REPLACED,
    ),
    "a request that something else forestalled": (
        asked(ended("jetsam", 4), 0xDEADFA11, at=4.99),
        ExitCause.JETSAM,
    ),
    "a request, and the process left by itself": (
        pushed(asked(gone(), 0xDEADFA11, at=4.9), "exit", 3, at=5),
        ExitCause.VOLUNTARY,
    ),
    "a request long before": (asked(gone(), 0xDEADFA11, at=5 - 40), ExitCause.UNKNOWN),
    "a push of SIGKILL alone": (pushed(gone(), "signal", 9, at=5), ExitCause.UNKNOWN),
    "a push that tells nothing": (pushed(gone(), "", 0, at=5), ExitCause.UNKNOWN),
    "a push of SIGSEGV alone": (pushed(gone(), "signal", 11, at=5), ExitCause.CRASH),
    "a push of SIGTERM alone": (pushed(gone(), "signal", 15, at=5), ExitCause.OTHER_SIGNAL),
    "a JetsamEvent that lists it as victim": (report(gone(), "JETSAM", 0, at=5), ExitCause.JETSAM),
    "a JetsamEvent that lists it as bystander": (
        report(gone(), "JETSAM", 0, at=5, victim=False),
        ExitCause.UNKNOWN,
    ),
    "a report without a termination": (report(gone(), "", 0, at=5, signal=11), ExitCause.CRASH),
    "a report without anything": (report(gone(), "", 0, at=5, signal=0), ExitCause.UNKNOWN),
    "gone without a word": (gone(), ExitCause.UNKNOWN),
}


@pytest.mark.parametrize("what", TOGETHER)
def test_what_several_say_is_put_together(what: str) -> None:
    told, expected = TOGETHER[what]
    assert cause(told) is expected


def two_records() -> Story:
    return report(ended("jetsam", 4), "FRONTBOARD", WATCHDOG, at=5)


CONTRADICTIONS: dict[str, Story] = {
    "two records": two_records(),
    "a signal and a JetsamEvent": report(ended("signal", 9), "JETSAM", 0, at=5),
    "two requests": asked(asked(gone(), 0xDEADFA11, at=4.9), 0xFBFBFBFB, at=4.95),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_equals_that_contradict_each_other_leave_it_unknown_and_are_told(what: str) -> None:
    story = found(CONTRADICTIONS[what])
    assert story.cause is ExitCause.UNKNOWN
    assert "contradict" in story.note
    assert len(story.against) == 2


class TestRequestsByBundle:
    """SpringBoard may name the app alone."""

    def test_it_is_about_the_process_that_runs_then(self) -> None:
        assert cause(asked(gone(), 0xDEADFA11, at=4.99, pid=0)) is ExitCause.USER_FORCE_QUIT

    def test_it_is_not_about_a_later_process(self) -> None:
        told = asked(ended("frontboard", 0xDEADFA11), 0xDEADFA11, at=4.99, pid=0)
        told.resumed(at=6, pid=NEW).state(AppState.NOT_RUNNING, at=7, pid=NEW)
        assert cause(told, NEW) is ExitCause.UNKNOWN

    def test_another_app_s_is_not_ours(self) -> None:
        told = gone().log(fact.ExitPending, at=4.9, pid=OLD, why="x")
        told.facts.append(
            fact.TerminationRequested(
                at=written(4.99), source=Source.SYSTEM_LOG, bundle_id="x.y", requester="r", domain=1, code=0
            )
        )
        assert cause(told) is ExitCause.UNKNOWN


def test_a_weaker_one_does_not_choose_between_equals() -> None:
    told = pushed(two_records(), "signal", 9, at=5)
    assert cause(asked(told, WATCHDOG, at=4.9)) is ExitCause.UNKNOWN


def test_what_was_overruled_is_listed_as_speaking_against() -> None:
    story = found(asked(ended("jetsam", 4), 0xDEADFA11, at=4.99))
    assert [type(each).__name__ for each in story.against] == ["TerminationRequested"]
    assert {each.source for each in story.facts} == {Source.SYSTEM_LOG, Source.STATE_STREAM}


class TestOurKill:
    """Our own kill explains what the phone calls a signal, and nothing else."""

    def test_a_signal_within_the_span_of_our_kill_is_ours(self) -> None:
        story = found(asleep().killed(at=5))
        assert story.cause is ExitCause.OUR_KILL
        assert Source.HARNESS in {each.source for each in story.facts}

    def test_a_process_may_take_a_while_to_die_of_it(self) -> None:
        assert cause(asleep().kill_too_late(at=5).ended("signal", 9, at=8)) is ExitCause.OUR_KILL

    def test_a_signal_long_after_it_is_another(self) -> None:
        told = asleep().kill_too_late(at=5).ended("signal", 9, at=5 + ACT_S + 10.1)
        assert cause(told) is ExitCause.OTHER_SIGNAL

    def test_a_signal_surely_before_it_is_another(self) -> None:
        told = asleep().ended("signal", 9, at=4.99).kill_too_late(at=5)
        assert cause(told) is ExitCause.OTHER_SIGNAL

    def test_our_kill_of_another_process_explains_nothing(self) -> None:
        told = asleep().ended("signal", 9, at=5).act(Verb.KILL, 5 - ACT_S / 2, pid=NEW)
        assert cause(told) is ExitCause.OTHER_SIGNAL

    def test_a_signal_of_ours_that_nobody_answered_may_be_the_one_however_late(self) -> None:
        for at in (5.5, 60.0):
            told = asleep().act(Verb.KILL, 5, OLD, done=None).ended("signal", 9, at=at)
            assert cause(told) is ExitCause.UNKNOWN
            assert "nothing tells whether" in found(told).note

    def test_a_signal_of_ours_that_nobody_answered_is_no_jetsam(self) -> None:
        told = asleep().act(Verb.KILL, 5, OLD, done=None).ended("jetsam", 4, at=5.5)
        assert cause(told) is ExitCause.JETSAM

    def test_a_signal_that_the_phone_refused_to_send_is_not_ours(self) -> None:
        told = asleep().act(Verb.KILL, 5, OLD, done=False).ended("signal", 9, at=5.5)
        assert cause(told) is ExitCause.OTHER_SIGNAL

    def test_an_end_on_the_edge_of_its_span_cannot_be_told(self) -> None:
        told = asleep().ended("signal", 9, at=5.0).kill_too_late(at=5.0 + 3e-6)
        assert cause(told) is ExitCause.UNKNOWN

    @given(at=st.floats(1.5e9, 2.5e9), lasts_s=st.floats(0, 0.01))
    @example(at=1700051972.949786, lasts_s=0.002)
    def test_a_stamp_that_is_cut_to_whole_microseconds_is_not_before_it(
        self, at: float, lasts_s: float
    ) -> None:
        """A clock that stands from the reading before the signal to the end gives both one time."""
        told = asleep()
        told.facts.append(our_kill(at, at + lasts_s))
        assert cause(told.ended("signal", 9, at=cut_to_microseconds(at))) is ExitCause.OUR_KILL

    def test_a_jetsam_ten_milliseconds_before_it_is_a_jetsam(self) -> None:
        told = asleep().ended("jetsam", 4, at=4.99).kill_too_late(at=5)
        assert cause(pushed(told, "signal", 9, at=5)) is ExitCause.JETSAM

    def test_a_jetsam_within_its_span_is_a_jetsam(self) -> None:
        assert cause(asleep().kill_too_late(at=5).ended("jetsam", 4, at=5.01)) is ExitCause.JETSAM

    @pytest.mark.parametrize("at", [4.99, 5.0, 5.01])
    def test_a_jetsam_whose_record_is_lost_is_never_our_kill(self, at: float) -> None:
        told = pushed(asleep().ended("jetsam", 4, at=at).kill_too_late(at=5), "signal", 9, at=5)
        told.cut(Source.SYSTEM_LOG, 4.9, 5.5)
        story = found(told)
        assert story.cause is ExitCause.UNKNOWN
        assert [gap.source for gap in story.gaps] == [Source.SYSTEM_LOG]

    def test_a_jetsam_line_of_the_kernel_at_the_time_of_it_leaves_it_open(self) -> None:
        told = asked(gone(at=5.01).kill_too_late(at=5), 0, at=5.005, domain=1, who="kernel")
        assert cause(told) is ExitCause.UNKNOWN


class TestLeaving:
    """That it ended, and when."""

    def test_a_process_that_lives_has_no_end(self) -> None:
        story = found(asleep())
        assert (story.cause, story.at, story.ended) == (ExitCause.UNKNOWN, None, False)

    def test_the_best_dated_source_dates_it(self) -> None:
        story = found(pushed(ended("jetsam", 4), "signal", 9, at=5.2, error_s=0.3))
        assert story.at == written(5.0)

    def test_a_report_whose_last_digit_is_cut_off_dates_it_no_better_than_the_log(self) -> None:
        story = found(report(ended("jetsam", 4), "JETSAM", 0, at=5 - 4e-5))
        assert story.at == written(5.0)

    def test_a_look_that_does_not_show_it_dates_it_between_the_looks(self) -> None:
        story = found(asleep().listed(at=4, pid=OLD).absent(at=9))
        assert story.at is not None
        assert (story.at.earliest_s, story.at.latest_s) == (
            pytest.approx(4, abs=1e-3),
            pytest.approx(9, abs=1e-3),
        )

    def test_another_process_of_the_app_shows_that_it_is_gone(self) -> None:
        assert found(asleep().listed(at=9, pid=NEW)).ended

    def test_a_look_before_its_last_sign_of_life_shows_nothing(self) -> None:
        assert not found(asleep().absent(at=0.1)).ended

    def test_a_process_that_shows_life_after_it_was_called_gone_is_not(self) -> None:
        assert not found(gone(at=4).resumed(at=5, pid=OLD)).ended

    def test_sources_that_date_one_step_apart_do_not_contradict_each_other(self) -> None:
        told = asleep().resumed(at=5, pid=OLD)
        told.facts = [known for known in told.facts if known.at.at_s < 5 or known.source is Source.SYSTEM_LOG]
        at = {Source.STATE_STREAM: 4.9999, Source.SYSTEM_LOG: 5.0001}
        told.facts += [
            fact.StateSeen(
                at=written(at_s), source=source, bundle_id=BUNDLE, pid=OLD, state=AppState.NOT_RUNNING
            )
            for source, at_s in at.items()
        ]
        assert {known.source for known in found(told).facts} == set(at)

    def test_what_was_lost_since_its_last_sign_of_life_is_told(self) -> None:
        told = asleep().ended("jetsam", 4, at=5).absent(at=9)
        story = found(told.cut(Source.SYSTEM_LOG, 4, 6).cut(Source.STATE_STREAM, 4, 6))
        assert story.cause is ExitCause.UNKNOWN
        assert {gap.source for gap in story.gaps} == {Source.SYSTEM_LOG, Source.STATE_STREAM}

    def test_facts_about_another_app_s_process_of_that_number_do_not_count(self) -> None:
        told = gone()
        told.facts.append(
            fact.ProcessEnded(
                at=written(5), source=Source.SYSTEM_LOG, bundle_id="x.y", pid=OLD, domain="jetsam", code=4
            )
        )
        assert cause(told) is ExitCause.UNKNOWN


class TestTables:
    """The tables themselves."""

    def test_the_harness_s_own_word_for_a_domain_is_one_of_its_spellings(self) -> None:
        assert [domain_of(word.value) for word in DOMAIN_NUMBERS.values()] == list(DOMAIN_NUMBERS.values())

    def test_every_row_admits_what_it_says(self) -> None:
        assert [row for row in (*ROWS, *STATUS_ROWS) if row.says and row.says not in row.admits] == []
        assert [row for row in (*ROWS, *STATUS_ROWS) if not row.admits or not row.source] == []

    def test_every_cause_but_unknown_and_our_own_is_said_by_some_row(self) -> None:
        said = {row.says for row in ROWS} | {ExitCause.OUR_KILL, ExitCause.UNKNOWN}
        assert said >= set(ExitCause)

    @pytest.mark.parametrize("domain", tuple(DOMAIN_NUMBERS.values()))
    def test_every_domain_has_a_row_whatever_the_code(self, domain: ExitDomain) -> None:
        assert any(row.fits(domain, 0x7777, "") for row in ROWS)

    def test_no_row_stands_behind_one_that_takes_all_of_its_ends(self) -> None:
        hidden = [
            later
            for number, later in enumerate(ROWS)
            for earlier in ROWS[:number]
            if earlier.domain in (None, later.domain)
            and earlier.code in (None, later.code)
            and earlier.words in later.words
        ]
        assert hidden == []

    @pytest.mark.parametrize(
        ("spelling", "domain"),
        [
            ("SPRINGBOARD", ExitDomain.FRONTBOARD),
            ("FRONTBOARD", ExitDomain.FRONTBOARD),
            ("fbscene", ExitDomain.FRONTBOARD),
            ("ASSERTIOND", ExitDomain.RUNNINGBOARD),
            (15, ExitDomain.RUNNINGBOARD),
            ("exit", ExitDomain.VOLUNTARY),
            (77, ExitDomain.OTHER),
            ("", ExitDomain.OTHER),
        ],
    )
    def test_a_domain_is_known_in_each_spelling(self, spelling: str | int, domain: ExitDomain) -> None:
        assert domain_of(spelling) is domain


@given(
    ends=st.lists(
        st.tuples(
            st.sampled_from(["signal", "jetsam", "frontboard", "runningboard", "exit", "odd"]),
            st.sampled_from([0, 3, 9, 11, 15, WATCHDOG, 0xDEADFA11]),
            st.sampled_from([Source.SYSTEM_LOG, Source.PROCESS_EVENTS]),
        ),
        max_size=4,
    ),
    kill=st.booleans(),
)
def test_the_order_of_arrival_changes_nothing_and_a_jetsam_is_never_our_kill(
    ends: list[tuple[str, int, Source]], kill: bool
) -> None:
    told = gone(at=5.01)
    for domain, code, source in ends:
        told.facts.append(
            fact.ProcessEnded(
                at=written(5.01), source=source, bundle_id=BUNDLE, pid=OLD, domain=domain, code=code
            )
        )
    if kill:
        told.kill_too_late(at=5)
    first = found(told)
    told.facts.reverse()
    assert found(told).cause is first.cause
    recorded = {domain for domain, _, source in ends if source is Source.SYSTEM_LOG}
    if first.cause is ExitCause.OUR_KILL:
        assert kill
        assert recorded == {"signal"} or recorded == {"signal", "odd"}
