"""What is known of an app that gets one thing wrong."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.apps.commanded import Commanded
from harness.virtual.kernel.installed import AppBundle


@dataclass(frozen=True)
class Variant:
    """A sample app with one mistake in it.

    Attributes:
        base: the sample app that it is but for its mistake.
        app: its code.
        spoils: the numbers of the stories that must find it out.
        wrong: what it gets wrong, in a line.
    """

    base: AppBundle
    app: type[Commanded]
    spoils: tuple[str, ...]
    wrong: str
