"""Whether a phone is fit to be given out, which is another matter than who has it.

Theory. A phone has a *state*, who has it, and a *health*, what is known of its fitness; they move apart
from each other, so a phone can be free and bad, or held and in doubt. It is granted only while it is free
and not *out of rotation*: bad, and its quarantine not over yet. Nothing here ever takes a phone from anybody.

What speaks against a phone is one row of ``RULES`` each. A row says how many strikes in a row it takes, how
long the phone is out then, and whether a look that finds it well takes it back sooner:

===================================  ======  ==============================  ====================
what speaks against it               out at  out for                         a good look ends it
===================================  ======  ==============================  ====================
a stage of a look failed             1       10 min, twice as long each      yes
                                             time, at most a day
it, or the way to it, was lost       2       the same                        no: it looked well
amid a test                                                                  before each loss, too
it came and went too often           1       the same                        no, for the same reason
another computer uses it             -       a minute                        no; it is asked again
usbmuxd of its host does not answer  -       10 s; 10 min if it did not the  yes
                                             last time either
===================================  ======  ==============================  ====================

A strike makes health unknown where it does not make it bad, so the phone is looked at before the next lease.
Strikes are struck off by what proves more than a look: a test that had the phone and came to a verdict,
whichever. A person's word strikes off everything. A quarantine that is over gives the phone one more
chance, after a look; its strikes stay, so failing again costs it twice the time. So does a step of the
recovery ladder that helped (``farm.health.ladder``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

FRESH_S = 300.0
"""For how long a good look holds, when nothing has spoken against the phone since. It spares a test that
follows another one the look, which takes a fraction of a second on a cable."""

FIRST_OUT_S = 600.0
LONGEST_OUT_S = 86_400.0
TAKEN_OUT_S = 60.0
HOST_OUT_S = 10.0

FLAPS_PER_HOUR = 6
"""How often a phone may come back in an hour: a restart is one, and a person at the rack two or three."""

FLAP_WINDOW_S = 3600.0


class PhoneHealth(StrEnum):
    """What is known of a phone's fitness. These words are in lease files."""

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"


class Against(StrEnum):
    """What can speak against a phone. These words are in lease files."""

    LOOK = "look"
    """A stage of a look at it failed."""
    LOST = "lost"
    """It, or the way to it, was lost while a test had it."""
    FLAPPING = "flapping"
    """It came and went too often."""
    TAKEN = "taken"
    """Another computer has told the phone that it uses it."""
    HOST = "host"
    """Nothing does: its host cannot reach any phone. See ``farm.health.host``."""


@dataclass(frozen=True)
class Rule:
    """What comes of one thing that speaks against a phone.

    Attributes:
        out_at: at how many strikes in a row the phone is out; 0 when it is no strike, and out at once.
        look_ends: whether a look that finds the phone well takes it back before its time.
        out_for_s: how long it is out; ``None`` is ``FIRST_OUT_S``, and twice as long with each strike more.
        again_s: the same, where it is what spoke against the phone the last time, and no look found the phone
            well since; ``None`` for no other time.
    """

    out_at: int
    look_ends: bool
    out_for_s: float | None = None
    again_s: float | None = None

    def lasts_s(self, strikes: int, *, again: bool) -> float:
        """How long a phone with that many strikes is out, in seconds of the store's clock."""
        if again and self.again_s is not None:
            return self.again_s
        if self.out_for_s is not None:
            return self.out_for_s
        # A day is reached after seven doublings; more strikes must not make a number without bounds.
        return min(FIRST_OUT_S * 2 ** min(strikes - self.out_at, 8), LONGEST_OUT_S)


RULES: Mapping[Against, Rule] = {
    Against.LOOK: Rule(out_at=1, look_ends=True),
    Against.LOST: Rule(out_at=2, look_ends=False),
    Against.FLAPPING: Rule(out_at=1, look_ends=False),
    Against.TAKEN: Rule(out_at=0, look_ends=False, out_for_s=TAKEN_OUT_S),
    # One that is started again is back in seconds; nobody waits for one that stays away, test after test.
    Against.HOST: Rule(out_at=0, look_ends=True, out_for_s=HOST_OUT_S, again_s=FIRST_OUT_S),
}
"""What speaks against a phone -> what comes of it."""


@dataclass(frozen=True)
class HealthRecord:
    """What the farm knows of one phone's fitness.

    Attributes:
        health: the word.
        cause: what spoke against it last; ``None`` when nothing does.
        note: what is wrong, one sentence without a full stop; or empty.
        fix: what to do about it, one sentence; or empty.
        checked_s: when it was last looked at, by the store's clock; ``None`` for never.
        strikes: how often in a row something spoke against it.
        until_s: when its quarantine ends, by the store's clock; ``None`` without one, or, of a phone that is
            bad, when only a person ends it.
    """

    health: PhoneHealth = PhoneHealth.UNKNOWN
    cause: Against | None = None
    note: str = ""
    fix: str = ""
    checked_s: float | None = None
    strikes: int = 0
    until_s: float | None = None

    def is_out(self, now_s: float) -> bool:
        """Whether it is out of rotation: bad, and its quarantine not over."""
        return self.health is PhoneHealth.BAD and (self.until_s is None or now_s < self.until_s)

    def needs_look(self, now_s: float) -> bool:
        """Whether it has to be looked at before it is used."""
        if self.health is not PhoneHealth.GOOD or self.checked_s is None:
            return True
        # A clock that was set back makes a look old rather than good for ever.
        return not 0 <= now_s - self.checked_s < FRESH_S


@dataclass(frozen=True)
class Finding:
    """What is wrong with a phone.

    Attributes:
        against: what kind of thing.
        note: one sentence without a full stop.
        fix: what to do about it, one sentence.
        stage: the stage of the look that failed; empty for other things.
    """

    against: Against
    note: str
    fix: str
    stage: str = ""

    @property
    def words(self) -> str:
        """Both in one line for people."""
        return f"{self.note}. {self.fix}"


CAME_AND_WENT = Finding(
    Against.FLAPPING,
    f"it came and went more than {FLAPS_PER_HOUR} times within an hour",
    "Check the cable, the hub port and the hub's power supply.",
)


def struck(record: HealthRecord, finding: Finding, now_s: float) -> HealthRecord:
    """A record after something has spoken against the phone.

    One that is out stays out until the same moment: it is looked at again and again, and a cable that is
    still unplugged is no new strike. Only what it says is brought up to date.
    """
    rule = RULES[finding.against]
    # Whatever a look found before has been overtaken by what happened since.
    checked_s = now_s if finding.against is Against.LOOK else None
    told = replace(record, cause=finding.against, note=finding.note, fix=finding.fix, checked_s=checked_s)
    if record.is_out(now_s):
        same = record.cause is finding.against
        return told if same else replace(record, checked_s=checked_s)
    strikes = record.strikes + (rule.out_at > 0)
    if strikes < rule.out_at:
        return replace(told, health=PhoneHealth.UNKNOWN, strikes=strikes, until_s=None)
    lasts_s = rule.lasts_s(strikes, again=record.cause is finding.against)
    return replace(told, health=PhoneHealth.BAD, strikes=strikes, until_s=now_s + lasts_s)


def came_back(record: HealthRecord) -> HealthRecord:
    """A record after the phone was attached again: nobody knows what was done to it meanwhile."""
    health = PhoneHealth.UNKNOWN if record.health is PhoneHealth.GOOD else record.health
    return replace(record, health=health, checked_s=None)


def found_well(record: HealthRecord, now_s: float) -> HealthRecord:
    """A record after a look that found the phone well; its strikes stay."""
    stays_out = record.is_out(now_s) and record.cause is not None and not RULES[record.cause].look_ends
    if stays_out:
        return replace(record, checked_s=now_s)
    return HealthRecord(PhoneHealth.GOOD, checked_s=now_s, strikes=record.strikes)


def recovered(record: HealthRecord, now_s: float) -> HealthRecord:
    """A record after a step of the ladder has helped: back in rotation, with its strikes."""
    return HealthRecord(PhoneHealth.GOOD, checked_s=now_s, strikes=record.strikes)


def proven(record: HealthRecord, now_s: float) -> HealthRecord:
    """A record after a test had the phone and came to a verdict; one that is out meanwhile stays out."""
    if record.is_out(now_s):
        return record
    return HealthRecord(PhoneHealth.GOOD, checked_s=now_s)


def by_hand() -> HealthRecord:
    """A record after a person has said that the phone is well: nothing is held against it."""
    return HealthRecord()


def out_of_rotation(record: HealthRecord, now_s: float) -> str:
    """Why a phone that is out of rotation is, for how long still, and what to do; one line for people.

    Args:
        record: of a phone that is out.
        now_s: by the store's clock.
    """
    still = (
        f"for {minutes(record.until_s - now_s)} more" if record.until_s else "until a person takes it back"
    )
    strikes = f" (strike {record.strikes})" if record.strikes > 1 else ""
    return f"out of rotation {still}{strikes}: {record.note.rstrip('.')}. {record.fix}".strip()


def minutes(duration_s: float) -> str:
    """A time that is left, rounded up: ``40 s``, ``9 min``, ``2 h 40 min``."""
    if duration_s < 60:
        return f"{max(1, round(duration_s))} s"
    hours, rest = divmod(-(-int(duration_s) // 60), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
