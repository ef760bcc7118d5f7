"""What telling a story takes of an app and of a phone, and what they lack for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from harness.api.straining import HOG
from harness.config.profile import AppProfile
from harness.errors import ConfigError
from harness.model.capabilities import Phone
from harness.model.catalogue import NOT_TOLD, STORIES, Story
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.rungs import SINCE, Rung
from harness.model.triggers import Trigger


@dataclass(frozen=True)
class Needs:
    """What is needed.

    Attributes:
        triggers: what the app must be able to be told.
        rungs: what the phone must offer.
    """

    triggers: tuple[Trigger, ...] = ()
    rungs: tuple[Rung, ...] = ()

    def __add__(self, other: Needs) -> Needs:
        triggers = dict.fromkeys((*self.triggers, *other.triggers))
        return Needs(tuple(triggers), tuple(dict.fromkeys((*self.rungs, *other.rungs))))


def story(number: str) -> Story:
    """The story of a number, such as ``S6``.

    Raises:
        ConfigError: the catalogue has none, and names the nearest ones; or no test tells it, and says why.
    """
    untold = next((one for one in NOT_TOLD if one.number == number.upper()), None)
    if untold is not None:
        what = f"no test tells {untold.number}, {untold.about}: {untold.why}"
        raise ConfigError(what, fix="docs/catalogue.md lists those that are told.")
    found = STORIES.get(number.upper())
    if found is None:
        near = get_close_matches(number.upper(), STORIES, n=3, cutoff=0.5)
        fix = f"Did you mean {' or '.join(near)}?" if near else "`harness scenarios` lists them all."
        raise ConfigError(f"the catalogue has no story {number!r}", fix=fix)
    return found


def needs_of(numbers: Iterable[str]) -> Needs:
    """What stories need, all of them together.

    Raises:
        ConfigError: the catalogue has no such story.
    """
    needs = Needs()
    for one in map(story, numbers):
        needs += Needs(one.triggers, one.rungs)
    return needs


def app_lacks(profile: AppProfile, needs: Needs) -> str:
    """What an app lacks, in words; empty when it lacks nothing."""
    untold = [trigger.value for trigger in needs.triggers if not profile.can_be_told(trigger)]
    if untold:
        return f"cannot be told {', '.join(untold)}"
    if Rung.DEBUGGER in needs.rungs and not profile.debuggable:
        return "cannot be debugged: it is not signed for development"
    return ""


def choose_app(profiles: Sequence[AppProfile], needs: Needs) -> tuple[AppProfile, str]:
    """The first app that lacks nothing, else the first of all, and what that one lacks.

    Args:
        profiles: the preferred one first; at least one.
        needs: what is needed.
    """
    fit = next((profile for profile in profiles if not app_lacks(profile, needs)), None)
    return (fit, "") if fit else (profiles[0], app_lacks(profiles[0], needs))


def new_enough(phones: Sequence[PhoneIdentity], needs: Needs) -> tuple[PhoneIdentity, ...]:
    """Those of several phones whose iOS has all that is needed; all of them when none has.

    Whatever else a phone may lack is known only once it is opened.
    """
    first = max((SINCE.get(rung, 0) for rung in needs.rungs), default=0)
    return tuple(phone for phone in phones if phone.ios_major >= first) or tuple(phones)


async def phone_lacks(phone: Phone, profile: AppProfile, needs: Needs) -> tuple[Rung, ...]:
    """The rungs that a phone does not offer, or not with this app, and those that telling the app takes.

    Raises:
        DeviceError: the phone could not be asked what is installed on it.
    """
    offered = set(phone.rungs)
    if Rung.MEMORY_PRESSURE in needs.rungs and await phone.app_info(HOG) is not None:
        offered.add(Rung.MEMORY_PRESSURE)
    return lacking(frozenset(offered), phone.identity.hardware, profile, needs)


def lacking(
    offered: frozenset[Rung], hardware: Hardware, profile: AppProfile, needs: Needs
) -> tuple[Rung, ...]:
    """The rungs that are needed, for the stories and for telling the app, and are not there.

    Args:
        offered: what the phone offers.
        hardware: of the phone.
        profile: of the app.
        needs: what the stories take.
    """
    # Any next build will do for a virtual phone; a real one has to be given one that is signed for it.
    unbuilt = {Rung.UPGRADE} if hardware is Hardware.REAL and profile.package is None else set[Rung]()
    wanted = dict.fromkeys((*needs.rungs, *profile.rungs_of(needs.triggers)))
    return tuple(rung for rung in wanted if rung not in offered - unbuilt)
