"""``harness scenarios``: which stories an app can be told, on which phones, and what the others lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.api.needs import Needs, app_lacks, choose_app, lacking
from harness.cli.oneoff import HERE
from harness.cli.out import Out
from harness.config.devices import DeviceEntry, DevicesFile, Reach, load_devices
from harness.config.profile import SHIPPED_PROFILE, AppProfile, load_profile
from harness.drivers.pmd3.rungs import rungs_of
from harness.drivers.ui.ways import way_to
from harness.model.catalogue import CATALOGUE, NOT_TOLD, Auto, Story
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.model.rungs import Rung

HEADS = ("story", "told", "with", "about", "lacks")

NEWEST = "99"
"""Stands for the iOS of a phone that nobody has asked: it has all that any iOS has."""


@dataclass(frozen=True)
class Offer:
    """What one phone offers.

    Attributes:
        name: of the phone.
        hardware: real or virtual.
        rungs: what can be done to it.
    """

    name: str
    hardware: Hardware
    rungs: frozenset[Rung]


@dataclass(frozen=True)
class Answer:
    """Whether one story can be told.

    Attributes:
        story: the story.
        profile: the app that it would be told with.
        app_lacks: what that app lacks, in words; empty for nothing.
        phones: where it can be told.
        lacks: phone -> what it lacks.
    """

    story: Story
    profile: AppProfile
    app_lacks: str
    phones: tuple[str, ...]
    lacks: Mapping[str, tuple[Rung, ...]]

    @property
    def told(self) -> str:
        """``yes``, ``partly`` where a machine cannot tell all of it, or ``no``."""
        if not self.story.is_told or self.app_lacks or (self.lacks and not self.phones):
            return "no"
        return "partly" if self.story.auto is Auto.PARTLY else "yes"

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is missing, and why a machine cannot tell it whole; in words."""
        by_rungs: dict[tuple[Rung, ...], list[str]] = {}
        for phone, rungs in self.lacks.items():
            by_rungs.setdefault(rungs, []).append(phone)
        of_phones = (f"{', '.join(names)}: {', '.join(rungs)}" for rungs, names in by_rungs.items())
        of_app = (f"{self.profile.name} {self.app_lacks}",) if self.app_lacks else ()
        not_by_machine = (self.story.why,) if self.story.why and self.story.auto is not Auto.YES else ()
        return (*of_app, *of_phones, *not_by_machine)


def show(named: Sequence[Path], devices: Path | None, out: Out) -> None:
    """List every story of the catalogue.

    Args:
        named: profiles of apps; without any, those of devices.yaml, else the sample app's.
        devices: which devices.yaml; ``None`` for the one here, if there is one.
        out: where to.

    Raises:
        ConfigError: a profile or devices.yaml is wrong.
    """
    file = load_devices(devices or HERE) if devices or HERE.is_file() else None
    paths = named or (file.app_profile_paths if file else (SHIPPED_PROFILE,))
    profiles = tuple(load_profile(path) for path in paths)
    offers = offers_of(file)
    answers = [answer(story, profiles, offers) for story in CATALOGUE]
    out.rows(HEADS, [*map(_row, answers), *_untold()])
    _sum_up(answers, offers, out)


def offers_of(file: DevicesFile | None) -> tuple[Offer, ...]:
    """What the phones of a file offer; none for no file.

    Nobody is asked. A real phone is taken for one of the newest iOS, with a cellular radio.
    """
    return tuple(Offer(entry.name, entry.hardware, _rungs(entry)) for entry in file.devices) if file else ()


def _rungs(entry: DeviceEntry) -> frozenset[Rung]:
    spec = entry.virtual
    ios, model = (spec.ios, spec.model) if spec else (NEWEST, "")
    identity = PhoneIdentity(entry.name, entry.udid or "", ios, model, entry.hardware)
    connection = Connection.NETWORK if entry.connection is Reach.NETWORK else None
    cellular = spec.cellular if spec else True
    has_screen = way_to(entry.hardware, entry.ui) is not None
    rungs = rungs_of(
        identity, connection, runs_ahead=spec is not None, cellular=cellular, has_screen=has_screen
    )
    # The app that uses up the memory is on every virtual phone; a real one has it if somebody put it there.
    return rungs | {Rung.MEMORY_PRESSURE} if spec else rungs


def answer(story: Story, profiles: Sequence[AppProfile], offers: Sequence[Offer]) -> Answer:
    """Whether a story can be told with the app it would be given, and where.

    Args:
        story: the story.
        profiles: the preferred app first; at least one.
        offers: the phones; none where only the app is looked at.
    """
    needs = Needs(story.triggers, story.rungs)
    profile, _ = choose_app(profiles, needs)
    lacks = {offer.name: lacking(offer.rungs, offer.hardware, profile, needs) for offer in offers}
    phones = tuple(name for name, rungs in lacks.items() if not rungs)
    missing = {name: rungs for name, rungs in lacks.items() if rungs}
    return Answer(story, profile, app_lacks(profile, needs) or _left_out(profile, story), phones, missing)


def _left_out(profile: AppProfile, story: Story) -> str:
    """What the story says of its transfers, and the profile does not pass on; empty for nothing."""
    for trigger in story.triggers:
        names = profile.leaves_out(trigger, story.transfers)
        if names:
            return f"cannot be told {trigger} with {', '.join(f'{{{name}}}' for name in names)}"
    return ""


def _row(answer: Answer) -> dict[str, Any]:
    profile, story = answer.profile, answer.story
    return {
        "story": story.number,
        "told": answer.told,
        "with": profile.name,
        "about": story.told,
        "lacks": "; ".join(answer.reasons),
        "on": list(answer.phones),
        "cannot_be_told": [word.value for word in story.triggers if not profile.can_be_told(word)],
        "missing_on": {name: [rung.value for rung in rungs] for name, rungs in answer.lacks.items()},
        "by_machine": story.auto.value,
        "why": story.why,
    }


def _untold() -> Iterator[dict[str, Any]]:
    """The stories that no test tells."""
    for one in NOT_TOLD:
        far = "not told yet" if one.ever else Auto.NO.value
        yield {
            "story": one.number,
            "told": "no",
            "about": one.about,
            "lacks": f"{far}: {one.why}",
            "by_machine": far,
            "why": one.why,
        }


def _sum_up(answers: Sequence[Answer], offers: Sequence[Offer], out: Out) -> None:
    can = sum(each.told != "no" for each in answers)
    apps = ", ".join(dict.fromkeys(each.profile.name for each in answers if each.told != "no")) or "no app"
    where = ", ".join(offer.name for offer in offers) or "a phone that lacks nothing"
    out.talk(f"{can} of {len(answers) + len(NOT_TOLD)} stories can be told with {apps}, on {where}")
