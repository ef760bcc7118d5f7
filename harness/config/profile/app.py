"""The profile of one app, as its file has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, model_validator

from harness.config.profile.arguments import arguments_of
from harness.config.profile.patterns import CallbackPattern, OwnLog
from harness.config.profile.ways import ContainerPath, Way, WayKind
from harness.config.schema import (
    FORMAT,
    NOT_EMPTY,
    ONE_OR_MORE,
    FileSection,
    Problem,
    Text,
    YesNo,
    complaint,
    listed,
    nearest,
    one_of,
    validate,
)
from harness.config.source import read_document
from harness.model.callbacks import Callback
from harness.model.journal import COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH, JOURNAL_PATH, LOG_SUBSYSTEM
from harness.model.rungs import Rung
from harness.model.triggers import Trigger

SHIPPED = Path(__file__).parents[2] / "scenarios" / "apps"
"""Where the profiles of the sample apps are."""

SHIPPED_PROFILE = SHIPPED / "downloader.yaml"
"""The profile of the sample app, used where none is named."""


class DoChannel(StrEnum):
    """A way to make the app act."""

    LAUNCH_ARGUMENTS = "launch-arguments"
    COMMAND_FILE = "command-file"


class Reset(StrEnum):
    """How the app is brought to a known state between tests."""

    COMMAND = "command"
    """It is told to, as the sample app is."""
    TRIGGER = "trigger"
    """It is told to, as ``triggers:`` says."""
    REINSTALL = "reinstall"
    NONE = "none"


class AppProfile(FileSection):
    """One app under test.

    Attributes:
        bundle_id: ``CFBundleIdentifier``.
        name: what the app is called on the phone.
        journal: where in its container the app keeps its journal; ``None`` when it keeps none.
        log_subsystem: ``os_log`` subsystem of its journal marks; ``None`` when it leaves none.
        do: ways to make it act, the preferred one first.
        command_file: where in its container a command is put.
        command_notification: Darwin notification that announces a command; empty means the
            bundle identifier and ``.harness.command``.
        reset: how it is brought to a known state between tests.
        package: the ``.ipa`` or ``.app`` that ``reset: reinstall`` installs, next to the profile.
        triggers: word of a story -> the ways to have it done, the preferred one first.
        can: which other words it can be told as the sample app is; ``None`` for all of them where there are
            no ``triggers``, else for none.
        own_log: which lines of the phone's log the patterns are for.
        recognise: callback -> patterns over those lines, each of which tells of it.
        debuggable: whether it is development-signed (``get-task-allow``), which reading its
            container and launching it with arguments needs.
    """

    version: Annotated[Literal[1], FORMAT]
    bundle_id: Text = Field(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
    name: Text
    journal: ContainerPath | None = JOURNAL_PATH
    log_subsystem: Text | None = LOG_SUBSYSTEM
    do: Annotated[tuple[Annotated[DoChannel, one_of(DoChannel)], ...], NOT_EMPTY] = tuple(DoChannel)
    command_file: ContainerPath = COMMAND_PATH
    command_notification: Text = ""
    reset: Annotated[Reset, one_of(Reset)] = Reset.NONE
    package: Text | None = None
    triggers: dict[
        Annotated[Trigger, one_of(Trigger)], Annotated[tuple[Way, ...], ONE_OR_MORE, NOT_EMPTY]
    ] = Field(default={})
    can: tuple[Annotated[Trigger, one_of(Trigger)], ...] | None = None
    own_log: OwnLog = OwnLog()
    recognise: dict[
        Annotated[Callback, one_of(Callback)], Annotated[tuple[CallbackPattern, ...], ONE_OR_MORE, NOT_EMPTY]
    ] = Field(default={})
    debuggable: YesNo = True

    @model_validator(mode="before")
    @classmethod
    def _patterns_stand_for_a_journal(cls, data: Any) -> Any:
        """An app that is read by patterns keeps no journal, unless it is said that it does."""
        fields = cast("dict[str, Any]", data)
        if isinstance(data, dict) and _has_patterns(fields):
            return {"journal": None, "log_subsystem": None} | fields
        return fields

    @model_validator(mode="after")
    def _can_reset(self) -> Self:
        if self.reset is Reset.REINSTALL and self.package is None:
            raise ValueError("'reset: reinstall' needs 'package', the .ipa or .app to install")
        return self

    def can_be_told(self, trigger: Trigger) -> bool:
        """Whether it can be made to do something that a story asks for."""
        if trigger in self.triggers:
            return True
        return not self.triggers if self.can is None else trigger in self.can

    def ways_of(self, word: str) -> tuple[Way, ...]:
        """The ways to have something done, the preferred one first; by default as the sample app is told."""
        known = {trigger.value: ways for trigger, ways in self.triggers.items()}
        return known.get(word) or (Way(command=word),)

    def rungs_of(self, triggers: Iterable[Trigger]) -> tuple[Rung, ...]:
        """What a phone must offer for the app to be told all of these, beyond what every phone does."""
        found: dict[Rung, None] = {}
        for trigger in triggers:
            rungs = [way.rung for way in self.ways_of(trigger)]
            if None not in rungs:
                found |= dict.fromkeys(rung for rung in rungs[:1] if rung)
        return tuple(found)

    def leaves_out(self, trigger: Trigger, said: Iterable[str]) -> tuple[str, ...]:
        """What of the things that a story says along with a word no way passes on to the app."""
        ways = self.ways_of(trigger)
        left = [tuple(name for name in said if name not in way.places) for way in ways]
        as_commands = any(way.kind is WayKind.COMMAND for way in ways)
        return () if as_commands else min(left, key=len)

    def is_answered(self, way: Way) -> bool:
        """Whether anything says that the app has done it: its log, or of commands its journal."""
        has_testimony = self.journal is not None or self.log_subsystem is not None
        return way.acknowledged is not None or (way.kind is WayKind.COMMAND and has_testimony)

    @property
    def notification(self) -> str:
        """The Darwin notification that announces a command."""
        return self.command_notification or self.bundle_id + COMMAND_NOTIFICATION_SUFFIX

    @property
    def package_path(self) -> Path | None:
        """The package to install, or ``None``."""
        return self.path.parent / self.package if self.package else None


def samples() -> Mapping[str, Path]:
    """Name -> the profile of a sample app, wherever the harness is installed."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def profile_file(named: Path | str, beside: Path | None = None) -> Path:
    """The file that is meant by what people call a profile; it need not be there.

    Args:
        named: its path, or the name of a sample app.
        beside: a directory whose files are meant first; then those of the one the command is run in.
    """
    path = Path(named).expanduser()
    places = (beside / path, path) if beside else (path,)
    there = next((place for place in places if place.is_file()), None)
    return there or samples().get(str(named), path)


def load_profile(path: Path | str = SHIPPED_PROFILE) -> AppProfile:
    """Read an app profile, by its path or by the name of a sample app.

    One for the bundle of a sample app, or of a variant of it, that does not say what it can be told can be
    told what the sample app can.

    Raises:
        ConfigError: it does not exist or something in it is wrong; carries line and column.
    """
    copy = f"Copy {SHIPPED_PROFILE} and put your app's bundle identifier in"
    fix = f"{copy}, or name a sample app: {listed(samples())}"
    document = read_document(profile_file(path), missing_fix=fix)
    profile = validate(AppProfile, document)
    problems = [*_unknown_places(profile), *_two_testimonies(profile), *_untold_reset(profile)]
    if problems:
        raise complaint(document, problems)
    if profile.can is None and not profile.triggers:
        return profile.model_copy(update={"can": _words_of_sample(profile.bundle_id)}).located(profile.path)
    return profile


def _has_patterns(data: dict[str, Any]) -> bool:
    triggers = data.get("triggers")
    told: Iterable[Any] = cast("dict[str, Any]", triggers).values() if isinstance(triggers, dict) else ()
    ways = (way for one in told for way in (cast("Any", one) if isinstance(one, tuple) else (one,)))
    return "recognise" in data or any(isinstance(way, dict) and "acknowledged" in way for way in ways)


def _unknown_places(profile: AppProfile) -> Iterator[Problem]:
    for trigger, ways in profile.triggers.items():
        known = arguments_of(trigger)
        for index, way in enumerate(ways):
            for name in sorted(way.places - set(known)):
                what = f"{trigger.value} has no {name!r}{nearest(name, known) or f', only {listed(known)}'}"
                yield Problem(("triggers", trigger.value, index), what)


def _two_testimonies(profile: AppProfile) -> Iterator[Problem]:
    """One line told twice would be a callback that came twice."""
    patterned = any(way.acknowledged for ways in profile.triggers.values() for way in ways)
    for key in ("journal", "log_subsystem"):
        if (profile.recognise or patterned) and getattr(profile, key) is not None:
            what = f"{key!r} and patterns over the app's own log would tell the same twice: leave one out"
            yield Problem((key,), what, of_key=True)


def _untold_reset(profile: AppProfile) -> Iterator[Problem]:
    if profile.reset is not Reset.TRIGGER:
        return
    ways = profile.triggers.get(Trigger.RESET, ())
    if not ways:
        yield Problem(("reset",), "'reset: trigger' needs 'reset' among the triggers")
    elif not all(profile.is_answered(way) for way in ways):
        what = "'reset: trigger' needs 'acknowledged' there, or nobody knows when it is done"
        yield Problem(("reset",), what)


def _words_of_sample(bundle_id: str) -> tuple[Trigger, ...] | None:
    """What the sample app of a bundle can be told, or that it is a variant of; ``None``: it is neither."""
    for path in samples().values():
        shipped = validate(AppProfile, read_document(path, missing_fix=""))
        if f"{bundle_id}.".startswith(f"{shipped.bundle_id}.") and not shipped.triggers:
            return shipped.can
    return None
