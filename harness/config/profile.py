"""App profiles: what the harness has to know about an app to run the catalogue against it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.config.schema import FORMAT, NOT_EMPTY, FileSection, Text, YesNo, one_of, validate
from harness.config.source import read_document
from harness.model.journal import COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH, JOURNAL_PATH, LOG_SUBSYSTEM
from harness.model.triggers import Trigger

SHIPPED_PROFILE = Path(__file__).parent.parent / "scenarios" / "apps" / "downloader.yaml"
"""The profile of the sample app, used where none is named."""


class DoChannel(StrEnum):
    """A way to make the app act."""

    LAUNCH_ARGUMENTS = "launch-arguments"
    COMMAND_FILE = "command-file"


class Reset(StrEnum):
    """How the app is brought to a known state between tests."""

    COMMAND = "command"
    REINSTALL = "reinstall"
    NONE = "none"


def _inside_container(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or not path.strip("/"):
        raise ValueError(f"expected a path relative to the app's container, such as {JOURNAL_PATH}")
    return path


ContainerPath = Annotated[Text, AfterValidator(_inside_container)]


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
        can: what it can be told, of the words that stories use; ``None`` for all of them.
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
    can: tuple[Annotated[Trigger, one_of(Trigger)], ...] | None = None
    debuggable: YesNo = True

    @model_validator(mode="after")
    def _can_reset(self) -> Self:
        if self.reset is Reset.REINSTALL and self.package is None:
            raise ValueError("'reset: reinstall' needs 'package', the .ipa or .app to install")
        return self

    def can_be_told(self, trigger: Trigger) -> bool:
        """Whether it can be made to do something that a story asks for."""
        return self.can is None or trigger in self.can

    @property
    def notification(self) -> str:
        """The Darwin notification that announces a command."""
        return self.command_notification or self.bundle_id + COMMAND_NOTIFICATION_SUFFIX

    @property
    def package_path(self) -> Path | None:
        """The package to install, or ``None``."""
        return self.path.parent / self.package if self.package else None


def load_profile(path: Path | str = SHIPPED_PROFILE) -> AppProfile:
    """Read an app profile.

    Raises:
        ConfigError: it does not exist or something in it is wrong; carries line and column.
    """
    fix = f"Copy {SHIPPED_PROFILE} and put your app's bundle identifier in"
    return validate(AppProfile, read_document(Path(path), missing_fix=fix))
