"""The site that tests of a module share, and what each of them gets anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import DEVICES, Site, environment_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two virtual phones, which run whoever serves them."""
    directory = tmp_path_factory.mktemp("desk")
    (directory / "devices.yaml").write_text(DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(directory).items():
            patch.setenv(name, value)
        desk = Desk(directory)
        with desk.serving():
            yield desk


@pytest.fixture
def site(desk: Desk, tmp_path: Path) -> Iterator[Site]:
    """A farm that nobody has used yet, over the phones of the module."""
    # An agent remembers on its own disk what it has let through, and this test's farm begins at 1.
    shutil.rmtree(desk.directory / "state" / "agents", ignore_errors=True)
    yield Site(desk, str(tmp_path / "leases.sqlite3"))
    for name in ("v-a", "v-b"):
        desk.shell("--phone", name, "wifi", "on")
