"""The site that tests of a module share, and what each of them gets anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4
from zlib import crc32

import pytest

from tests.postgres import Server, server
from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import DEVICES, Site, environment_of, forget_epochs

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.judge("postgresql"))


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


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """A PostgreSQL that the tests of a module share."""
    with server() as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test one of the stores, by turns; both with ``--every-store``.

    What a store has to do is told of both in tests/unit/farm: here it is what agents and phones make of it.
    """
    chosen = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    if "site" not in metafunc.fixturenames or "site" in chosen:
        return
    stores = ("sqlite", POSTGRESQL)
    turn = crc32(metafunc.function.__name__.encode()) % len(stores)
    told = stores if metafunc.config.getoption("--every-store") else stores[turn : turn + 1]
    metafunc.parametrize("site", told, indirect=True)


@pytest.fixture
def site(request: pytest.FixtureRequest, desk: Desk, tmp_path: Path) -> Iterator[Site]:
    """A farm that nobody has used yet, over the phones of the module; on the store of the test."""
    if request.param == "sqlite":
        yield from _site(desk, str(tmp_path / "leases.sqlite3"))
    else:
        running: Server = request.getfixturevalue("postgres")
        yield from _site(desk, running.create(f"farm{uuid4().hex}"))


@pytest.fixture
def rack_site(desk: Desk, postgres: Server) -> Iterator[Site]:
    """The same on PostgreSQL only; its test is marked with the judge that needs."""
    yield from _site(desk, postgres.create(f"farm{uuid4().hex}"))


def _site(desk: Desk, store: str) -> Iterator[Site]:
    forget_epochs(desk)
    yield Site(desk, store)
    for name in ("v-a", "v-b"):
        desk.shell("--phone", name, "mend")
        desk.shell("--phone", name, "wifi", "on")
