"""A timeline told as a story, and what a stretch of lost evidence leaves of it.

Every step writes what each source shows of it on a phone that is watched whole: the state stream and
the log tell every change of state, the journal and its marks in the log every line of the app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.evidence.view import Coverage, Evidence
from harness.model import facts as fact
from harness.model.callbacks import Callback
from harness.model.facts import Gap, Mark, Source, TransferPhase, Verb
from harness.model.interfaces import Interface
from harness.model.states import AppState
from harness.model.time import Instant, written

BUNDLE = "dev.harness.downloader"
NONCE = "n1"
SESSION = f"{BUNDLE}.{NONCE}.e42"
FOREIGN_NONCE = "n0"
FOREIGN_SESSION = f"{BUNDLE}.{FOREIGN_NONCE}.e41"
NAME = "episode.mp4"
OLD, NEW = 500, 600
"""The process that is launched by hand, and the one that iOS starts."""

ACT_S = 0.02
"""How long an action of the harness takes."""

WATCHED = (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL, Source.RECEIPT)
"""Sources that say how far they have come."""

PHONE = (Source.STATE_STREAM, Source.SYSTEM_LOG)


BEGINNING = Mark(Instant(0.0), "the beginning")


@dataclass
class Story:
    """What happened, step by step; ``at`` is in seconds of phone time.

    Attributes:
        marks: whether the app repeats its journal in the log.
        journal: whether the app keeps a journal at all.
    """

    marks: bool = True
    journal: bool = True
    facts: list[fact.Fact] = field(default_factory=list[fact.Fact])
    gaps: list[Gap] = field(default_factory=list[Gap])
    known_to_s: dict[Source, float] = field(default_factory=dict[Source, float])
    until_s: float = 1000.0
    mark: Mark = BEGINNING
    seq: int = 0

    # ---- what the harness does

    def act(
        self, verb: Verb, at: float, pid: int = 0, *, detail: str = "", done: bool | None = True
    ) -> Story:
        span = Instant(at + ACT_S / 2, ACT_S / 2)
        if done:
            self.mark = Mark(span, verb)
        self.facts.append(
            fact.ActionTaken(
                at=span,
                source=Source.HARNESS,
                bundle_id=BUNDLE,
                pid=pid,
                verb=verb,
                detail=detail,
                done=done,
            )
        )
        return self

    def launched(self, *, at: float, pid: int = OLD) -> Story:
        self.act(Verb.LAUNCH, at)
        return self.tapped(at=at + ACT_S / 2, pid=pid)

    def told(self, *, at: float, pid: int = OLD) -> Story:
        self.act(Verb.DO, at)
        return self.line("acknowledged", at=at + ACT_S, pid=pid, state="active")

    def backgrounded(self, *, at: float, pid: int = OLD) -> Story:
        self.act(Verb.BACKGROUND, at).state(AppState.BACKGROUND_RUNNING, at=at + ACT_S / 2, pid=pid)
        return self.line(Callback.DID_ENTER_BACKGROUND, at=at + ACT_S / 2, pid=pid)

    def killed(self, *, at: float, pid: int = OLD) -> Story:
        return self.act(Verb.KILL, at, pid).ended("signal", 9, at=at + ACT_S / 2, pid=pid)

    def kill_too_late(self, *, at: float, pid: int = OLD) -> Story:
        """The signal finds the process gone."""
        return self.act(Verb.KILL, at, pid)

    def released(self, *, at: float) -> Story:
        return self.act(Verb.RELEASE, at)

    # ---- what the phone does

    def state(self, state: AppState, *, at: float, pid: int) -> Story:
        self.facts += [
            fact.StateSeen(at=written(at), source=source, bundle_id=BUNDLE, pid=pid, state=state)
            for source in PHONE
        ]
        return self

    def suspended(self, *, at: float, pid: int = OLD) -> Story:
        return self.state(AppState.SUSPENDED, at=at, pid=pid)

    def resumed(self, *, at: float, pid: int = OLD) -> Story:
        return self.state(AppState.BACKGROUND_RUNNING, at=at, pid=pid)

    def ended(self, domain: str, code: int, *, at: float, pid: int = OLD) -> Story:
        end = fact.ProcessEnded(
            at=written(at), source=Source.SYSTEM_LOG, bundle_id=BUNDLE, pid=pid, domain=domain, code=code
        )
        self.facts.append(end)
        return self.state(AppState.NOT_RUNNING, at=at, pid=pid)

    def log(self, kind: Callable[..., fact.AppFact], *, at: float, **said: object) -> Story:
        """A line of the phone's log about the app."""
        self.facts.append(kind(at=written(at), source=Source.SYSTEM_LOG, bundle_id=BUNDLE, **said))
        return self

    def started(self, *, at: float, pid: int, why: str = "", requester: str = "nsurlsessiond") -> Story:
        """A process is started in the background, by nsurlsessiond unless said otherwise."""
        if requester:
            self.log(fact.OpenRequested, at=at, requester=requester)
        self.log(fact.Bootstrapped, at=at, intent="background", why=why)
        return self.resumed(at=at + 0.01, pid=pid)

    def asked_to_open(self, *, at: float) -> Story:
        return self.log(fact.OpenRequested, at=at, requester="nsurlsessiond")

    def assertion(self, *, at: float, pid: int, held: bool) -> Story:
        return self.log(fact.SessionAssertion, at=at, pid=pid, held=held)

    def prewarmed(self, *, at: float, pid: int = NEW) -> Story:
        self.started(at=at, pid=pid, why="DAS Prewarm launch", requester="")
        return self.suspended(at=at + 0.5, pid=pid)

    def tapped(self, *, at: float, pid: int) -> Story:
        """A person, or the harness in a person's place, opens the app."""
        self.log(fact.Bootstrapped, at=at, intent="foreground-interactive")
        self.line(Callback.DID_FINISH_LAUNCHING, at=at + 0.05, pid=pid, state="inactive")
        self.state(AppState.FOREGROUND_ACTIVE, at=at + 0.1, pid=pid)
        return self.line(Callback.DID_BECOME_ACTIVE, at=at + 0.1, pid=pid, state="active")

    def debugger(self, *, at: float, attached: bool, pid: int = OLD) -> Story:
        seen = fact.DebuggerSeen(at=written(at), source=Source.SYSTEM_LOG, pid=pid, attached=attached)
        self.facts.append(seen)
        return self

    def delay_set(self, delay_s: float, *, at: float, client: str = "") -> Story:
        said = fact.ResumeDelaySet(at=written(at), source=Source.SYSTEM_LOG, delay_s=delay_s, client=client)
        self.facts.append(said)
        return self

    def refused(self, text: str, *, at: float, client: str = "") -> Story:
        said = fact.WakeRefused(at=written(at), source=Source.SYSTEM_LOG, text=text, client=client)
        self.facts.append(said)
        return self

    def read(self, name: str, value: str, *, at: float) -> Story:
        """A setting or condition, as the log tells of it."""
        self.facts.append(fact.SettingRead(at=written(at), source=Source.SYSTEM_LOG, name=name, value=value))
        return self

    def listed(self, *, at: float, pid: int) -> Story:
        seen = fact.ProcessSeen(at=written(at), source=Source.PROCESS_LIST, bundle_id=BUNDLE, pid=pid)
        self.facts.append(seen)
        return self

    def absent(self, *, at: float) -> Story:
        gone = fact.ProcessAbsent(at=written(at), source=Source.PROCESS_LIST, bundle_id=BUNDLE)
        self.facts.append(gone)
        return self

    # ---- what the app and the origin say

    def line(
        self,
        name: str,
        *,
        at: float,
        pid: int = NEW,
        session: str = "",
        nonce: str = NONCE,
        state: str = "background",
        traced: bool = False,
        detail: Mapping[str, object] | None = None,
    ) -> Story:
        """One line of the app's journal, repeated in the log."""
        self.seq += 1
        sources = (Source.JOURNAL,) * self.journal + (Source.LOG_MARK,) * self.marks
        self.facts += [
            fact.CallbackSeen(
                at=written(at),
                source=source,
                bundle_id=BUNDLE,
                pid=pid,
                name=name,
                seq=self.seq,
                nonce=nonce,
                session=session,
                app_state=state,
                traced=traced,
                detail=dict(detail or {}),
            )
            for source in sources
        ]
        return self

    def called(self, *callbacks: Callback, at: float, pid: int = NEW, session: str = SESSION) -> Story:
        """Callbacks of a session, a hundredth of a second apart."""
        for number, callback in enumerate(callbacks):
            self.line(callback, at=at + number / 100, pid=pid, session=session)
        return self

    def requested(self, *, at: float, request: int = 1, interface: Interface | None = None) -> Story:
        return self.receipt(TransferPhase.STARTED, at=at, request=request, interface=interface)

    def held(self, *, at: float, request: int = 1) -> Story:
        """The origin holds the request at its gate."""
        return self.receipt(TransferPhase.HELD, at=at, request=request)

    def delivered(
        self,
        *,
        at: float,
        request: int = 1,
        nonce: str = NONCE,
        name: str = NAME,
        interface: Interface | None = None,
    ) -> Story:
        return self.receipt(
            TransferPhase.FINISHED, at=at, request=request, nonce=nonce, name=name, interface=interface
        )

    def receipt(
        self,
        phase: TransferPhase,
        *,
        at: float,
        request: int = 1,
        nonce: str = NONCE,
        name: str = NAME,
        interface: Interface | None = None,
    ) -> Story:
        seen = fact.TransferSeen(
            at=Instant(at, 0.001),
            source=Source.RECEIPT,
            nonce=nonce,
            name=name,
            request=request,
            phase=phase,
            complete=phase is TransferPhase.FINISHED,
            interface=interface,
        )
        self.facts.append(seen)
        return self

    # ---- what is known of it

    def cut(self, source: Source, from_s: float, to_s: float | None) -> Story:
        """Take away what a source showed in a stretch, and let it own up to the gap."""
        ends_s = float("inf") if to_s is None else to_s
        self.facts = [
            known
            for known in self.facts
            if _carrier(known.source) is not source or not from_s <= known.at.at_s <= ends_s
        ]
        self.gaps.append(Gap(source, from_s, to_s, "cut by the test"))
        return self

    def known_to(self, source: Source, to_s: float) -> Story:
        """Let a source lag: nothing after ``to_s`` has been shown."""
        self.facts = [
            known for known in self.facts if _carrier(known.source) is not source or known.at.at_s <= to_s
        ]
        self.known_to_s[source] = to_s
        return self

    def evidence(self) -> Evidence:
        facts = tuple(sorted(self.facts, key=lambda known: known.at.at_s))
        watched = WATCHED if self.journal else tuple(one for one in WATCHED if one is not Source.JOURNAL)
        coverage = {one: Coverage(0.0, self.known_to_s.get(one, self.until_s)) for one in watched}
        return Evidence(facts, tuple(self.gaps), coverage, NONCE)


def _carrier(source: Source) -> Source:
    return Source.SYSTEM_LOG if source is Source.LOG_MARK else source


WHOLE = (
    Callback.HANDLE_EVENTS,
    Callback.DID_FINISH_DOWNLOADING,
    Callback.DID_COMPLETE,
    Callback.DID_FINISH_EVENTS,
    Callback.COMPLETION_HANDLER,
)
"""What an app that was woken for a finished download gets, in order."""


def story(*, marks: bool = True, journal: bool = True) -> Story:
    """An empty story, which begins at 0."""
    return Story(marks=marks, journal=journal)


def asleep(begun: Story | None = None) -> Story:
    """A download is on its way, and the app is suspended since 3."""
    told = (begun or story()).launched(at=0.5).told(at=1).requested(at=1.2)
    return told.backgrounded(at=2).suspended(at=3)


def dead(begun: Story | None = None) -> Story:
    """A download is on its way, and the app was killed while suspended, at 5."""
    return asleep(begun).killed(at=5)


def waiting(begun: Story | None = None) -> Story:
    """The app is dead, its file is released at 6 and delivered at 7, and nothing happens."""
    return dead(begun).released(at=6).delivered(at=7)


def wakes(told: Story, *, at: float, pid: int = NEW, callbacks: tuple[Callback, ...] = WHOLE) -> Story:
    """iOS runs the app for its session at ``at``, which then gets ``callbacks`` and sleeps again."""
    if pid == NEW:
        told.started(at=at, pid=pid).line(Callback.DID_FINISH_LAUNCHING, at=at + 0.1, pid=pid)
    else:
        told.asked_to_open(at=at).resumed(at=at + 0.01, pid=pid)
    told.assertion(at=at + 0.02, pid=pid, held=True).called(*callbacks, at=at + 0.2, pid=pid)
    if Callback.COMPLETION_HANDLER in callbacks:
        told.assertion(at=at + 0.3, pid=pid, held=False)
    return told.suspended(at=at + 1, pid=pid)


def relaunched(begun: Story | None = None) -> Story:
    """S1, S57: released at 6, delivered at 7, woken at 8 as a new process, asleep again at 9."""
    return wakes(waiting(begun), at=8)


def woken_in_place(begun: Story | None = None) -> Story:
    """S56: released at 6, delivered at 7, the suspended process woken at 8, asleep again at 9."""
    return wakes(asleep(begun).released(at=6).delivered(at=7), at=8, pid=OLD)
