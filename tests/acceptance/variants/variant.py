"""What is known of an app that gets one thing wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from harness.virtual.apps.commanded import Commanded
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.sample import DOWNLOADER, UPLOADER, WORKER
from harness.virtual.apps.uploader import Uploader
from harness.virtual.apps.worker import Worker
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


def downloader(mistake: type[Commanded], wrong: str, *spoils: str) -> Variant:
    """A downloader with a mistake."""
    return Variant(DOWNLOADER, _with(mistake, Downloader), spoils, wrong)


def uploader(mistake: type[Commanded], wrong: str, *spoils: str) -> Variant:
    """An uploader with a mistake."""
    return Variant(UPLOADER, _with(mistake, Uploader), spoils, wrong)


def worker(mistake: type[Commanded], wrong: str, *spoils: str) -> Variant:
    """A worker with a mistake."""
    return Variant(WORKER, _with(mistake, Worker), spoils, wrong)


def _with(mistake: type[Commanded], app: type[Commanded]) -> type[Commanded]:
    """The app, in which the methods of the mistake come first."""
    if issubclass(mistake, app):
        return mistake
    return cast("type[Commanded]", type(f"{mistake.__name__}{app.__name__}", (mistake, app), {}))
