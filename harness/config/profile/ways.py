"""How an app of one's own is made to do what a story asks for: one way per entry of ``triggers:``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from harness.config.profile.patterns import Pattern
from harness.config.profile.templates import places_in
from harness.config.schema import NOT_EMPTY, Section, Text, listed
from harness.model.journal import JOURNAL_PATH
from harness.model.rungs import Rung


def _inside_container(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or not path.strip("/"):
        raise ValueError(f"expected a path relative to the app's container, such as {JOURNAL_PATH}")
    return path


ContainerPath = Annotated[Text, AfterValidator(_inside_container)]
"""A path in an app's container."""


class WayKind(StrEnum):
    """What the harness does to tell an app something."""

    COMMAND = "command"
    """A command as the sample app takes it, in a word of the app's own."""
    LAUNCH = "launch"
    """Launch arguments of the app's own. One that runs is ended for it: it reads them at launch."""
    FILE = "file"
    """A file of the app's own format in its container, announced by a Darwin notification; it must run."""
    URL = "url"
    """A URL that the phone opens with the app."""
    TAP = "tap"
    """A tap on what has that accessibility identifier; it must run."""


RUNG_OF: Mapping[WayKind, Rung] = {WayKind.URL: Rung.OPEN_URL, WayKind.TAP: Rung.TAP}
"""What a phone must offer for a way; nothing where none is named."""

_GOES_WITH: Mapping[str, WayKind] = {
    "arguments": WayKind.COMMAND,
    "content": WayKind.FILE,
    "notification": WayKind.FILE,
}
"""Key -> the one way that it says more about."""


class Way(Section):
    """One way to tell an app one thing; exactly one of the first five says which.

    Attributes:
        command: the app's own word for it.
        launch: launch arguments.
        file: where in the container the file is put.
        url: what is opened.
        tap: accessibility identifier.
        arguments: of a command: a story's name for an argument -> the app's.
        content: of a file: what is in it.
        notification: of a file: the Darwin notification that announces it; ``None`` for none.
        acknowledged: pattern over the app's own log, by which it says that it has done it; ``None`` when it
            says nothing of that kind.
    """

    command: Text | None = None
    launch: Annotated[tuple[Text, ...], NOT_EMPTY] | None = None
    file: ContainerPath | None = None
    url: Text | None = None
    tap: Text | None = None
    arguments: dict[str, Text] = Field(default={})
    content: Text | None = None
    notification: Text | None = None
    acknowledged: Pattern | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        said = [kind.value for kind in WayKind if getattr(self, kind) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none of them"
            raise ValueError(f"expected one of {listed(WayKind)}, found {found}")
        for key, kind in _GOES_WITH.items():
            if key in self.model_fields_set and kind is not self.kind:
                raise ValueError(f"{key!r} goes with {kind.value!r}, not with {self.kind.value!r}")
        if self.file is not None and self.content is None:
            raise ValueError("'file' needs 'content', what the file is to hold")
        return self

    @property
    def kind(self) -> WayKind:
        """Which way it is."""
        return next(kind for kind in WayKind if getattr(self, kind) is not None)

    @property
    def rung(self) -> Rung | None:
        """What a phone must offer for it; ``None`` when every phone does."""
        return RUNG_OF.get(self.kind)

    @property
    def templates(self) -> tuple[str, ...]:
        """Every text of it that has places for what a story says."""
        return tuple(text for text in (*(self.launch or ()), self.content, self.url) if text is not None)

    @property
    def places(self) -> frozenset[str]:
        """The names of what it says on to the app; of a command, of what it calls otherwise."""
        return places_in(self.templates) | frozenset(self.arguments)
