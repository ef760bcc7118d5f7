"""A password in the URL of the database: whoever has to, gets in with it, and nobody is shown it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from math import inf
from pathlib import Path
from uuid import uuid4

import pytest

from harness.cli import farm
from harness.cli.farm import Plan
from harness.cli.out import Out
from harness.errors import ConfigError, FarmError, StoreUnavailable
from harness.farm.janitor import Janitor
from harness.farm.leases import postgres as store_postgres
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.postgres import Server, server
from tests.unit.farm.leases.test_deaths import WITHIN_S, eventually

pytestmark = pytest.mark.judge("postgresql")

SECRET = "hunter2"
AS_WRITTEN = "hunter2%40%3F"
"""The same, and what has to be written otherwise in a URL."""

DEVICES = """\
version: 1
store: {url}
hosts: {{mini1: {{}}}}
devices:
  - {{name: desk-15, udid: 00008120-001A2B3C4D5E6F70, host: mini1}}
"""

RESTORES = """
import sys
from harness.farm.leases.store import LeaseStore
store = LeaseStore.of(sys.argv[2])
open(sys.argv[1], "w").write(str(len(store.left_altered_by(sys.argv[3]))))
"""
"""What a janitor becomes in these tests: it opens the store as the real one does."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """One whose role ``locked`` gets in with its password only."""
    with server() as running:
        running.demand("locked", f"{SECRET}@?")
        yield running


@pytest.fixture
def address(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, without the password."""
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return postgres.create(f"farm_{uuid4().hex}").replace("farm@", "locked@")


@pytest.fixture
def url(address: str) -> str:
    return address.replace("locked@", f"locked:{AS_WRITTEN}@")


def processes() -> str:
    """The list of processes with their arguments, as everybody on this machine sees it."""
    ps = ["ps", "-A", "-ww", "-o", "args="]
    return subprocess.run(ps, capture_output=True, text=True, check=True).stdout


def test_a_janitor_gets_in_with_it_and_does_not_show_it(address: str, url: str, tmp_path: Path) -> None:
    restored = tmp_path / "restored"
    janitor = Janitor((sys.executable, "-c", RESTORES, str(restored)))
    with closing(LeaseStore.of(url)) as store:
        holder = store.register("pytest", janitor=janitor)
        with holder.acquire(["u1"], within_s=0) as lease:
            lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
            eventually(lambda: f"harness.farm.janitor {address} {holder.id}" in processes())
            assert SECRET not in processes()
        holder.close()
    eventually(restored.exists)
    eventually(lambda: restored.read_text() == "1")


@pytest.mark.parametrize("told", ["", ":wrong"])
def test_who_has_no_password_or_a_wrong_one_is_told_at_once_and_does_not_wait(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_postgres, "PATIENCE_S", inf)
    with pytest.raises(FarmError, match=r"postgresql://locked@.* does not let this process in") as refused:
        LeaseStore.of(address.replace("locked@", f"locked{told}@"))
    assert not isinstance(refused.value, StoreUnavailable)


def test_whom_it_has_let_in_before_waits_until_it_does_so_again(
    postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(LeaseStore.of(url)) as store:
        monkeypatch.setattr(store_postgres, "PATIENCE_S", 0.0)
        with another_password(postgres):
            # The first to ask finds its session lost, and the next is not let in.
            for told in ("terminating connection", "authentication failed"):
                with pytest.raises(StoreUnavailable, match=told):
                    store.snapshot()
        assert store.snapshot().phones == ()


@contextmanager
def another_password(postgres: Server) -> Generator[None]:
    """Nobody gets in with the right password for the length of the block, and all are out."""
    postgres.do("ALTER ROLE locked PASSWORD 'another'")
    # That each is told to end says nothing of when it has.
    ended = f"SELECT pg_terminate_backend(pid, {WITHIN_S * 1000:.0f}) FROM pg_stat_activity"
    postgres.do(f"{ended} WHERE usename='locked'")
    try:
        yield
    finally:
        postgres.do(f"ALTER ROLE locked PASSWORD '{SECRET}@?'")


def test_a_service_leaves_it_in_devices_yaml_and_takes_along_where_else_it_is(
    address: str,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PGPASSFILE", "passwords")
    (tmp_path / "devices.yaml").write_text(DEVICES.format(url=url))
    farm.init(Plan(host="mini1"), Out(as_json=False))
    told = capsys.readouterr()
    assert f"leases are kept in {address}: its tables are there" in told.out
    assert "the password of the store stays in devices.yaml" in told.err
    assert SECRET not in told.out + told.err
    (service,) = [path for path in tmp_path.rglob("*mini1*") if path.suffix in (".service", ".plist")]
    assert SECRET not in service.read_text()
    assert "--store" not in service.read_text()
    assert str(tmp_path / "devices.yaml") in service.read_text()
    assert str(tmp_path / "passwords") in service.read_text()


def test_on_the_command_line_it_is_refused_before_anything_is_written(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="seen by everybody") as refused:
        farm.init(Plan(url, "mini1"), Out(as_json=True))
    assert SECRET not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_what_a_devices_yaml_is_shown_as_has_none(url: str, tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text(DEVICES.format(url=url))
    assert SECRET not in repr(farm.Plan(devices=path).file())
    for wrong in (url.replace("postgresql:", "postgres:"), url.replace("%40", "@"), url.replace("%3F", "/")):
        path.write_text(DEVICES.format(url=wrong))
        with pytest.raises(ConfigError, match=r"devices\.yaml:2:8: ") as refused:
            farm.Plan(devices=path).file()
        assert SECRET not in f"{refused.value} {refused.value.__cause__}"
