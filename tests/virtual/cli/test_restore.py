"""``harness restore``: what is left altered, what came of it, and what a person does about the rest."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import CommandRefused
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.test_lease import VirtualRestorer
from tests.virtual.cli.desk import ONE_PHONE, Desk, running_desk

WIFI = UndoOp(Undo.WIFI, "on")
CONDITION = UndoOp(Undo.CONDITION, "none")


class Bench:
    """A desk with one virtual phone that runs, and the lease file that its commands use.

    Args:
        desk: where commands are run.
        udid: of the phone.
    """

    def __init__(self, desk: Desk, udid: str) -> None:
        self.desk = desk
        self.udid = udid

    @contextmanager
    def store(self) -> Generator[LeaseStore]:
        store = LeaseStore.open(self.desk.directory / "state" / "leases.sqlite3")
        try:
            yield store
        finally:
            store.close()

    def alter(self, *ops: UndoOp, keep: bool = False) -> None:
        """Leave the phone altered; the command of the shell is what a process would have done to it."""
        with self.store() as store, store.register("gone") as holder:
            lease = holder.acquire([self.udid], within_s=0, as_found=True)
            for op in ops:
                lease.will_change(self.udid, op, keep=keep)
            self.desk.shell("--phone", "v-16", "wifi", "off")

    def give_up(self) -> None:
        """Fail to restore it until it is out of rotation."""
        with self.store() as store, store.register("gone") as holder:
            for _ in range(3):
                holder.restore(VirtualRestorer(CommandRefused("the phone said no", phone="v-16")))


@pytest.fixture(scope="module")
def one_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield Bench(desk, desk.json("devices")["udid"])


@pytest.fixture
def bench(one_bench: Bench) -> Iterator[Bench]:
    yield one_bench
    with one_bench.store() as store:
        store.clear(one_bench.udid, put_right_by_hand=True)


def test_what_was_left_altered_is_put_back_on_the_phone(bench: Bench) -> None:
    bench.alter(WIFI, CONDITION)
    assert not bench.desk.show("v-16")["wifi_on"]
    told = bench.desk.json("restore")
    assert told == {
        "phone": "v-16",
        "udid": bench.udid,
        "state": "free",
        "put_back": ["condition back to none", "wifi back to on"],
        "left": [],
        "why": None,
        "by_hand": [],
    }
    assert bench.desk.show("v-16")["wifi_on"]


def test_nothing_to_put_back_is_said_and_is_no_error(bench: Bench) -> None:
    done = bench.desk.run("restore")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing is to be put back\n")


def test_what_is_to_stay_is_put_back_only_when_it_is_asked_for(bench: Bench) -> None:
    bench.alter(WIFI, keep=True)
    assert "nothing is to be put back" in bench.desk.run("restore").stderr
    assert "changed to stay; to be put back for a test: wifi back to on" in bench.desk.run("leases").stdout
    assert bench.desk.run("restore", "--all").stdout == "v-16: put back: wifi back to on\n"
    assert bench.desk.show("v-16")["wifi_on"]
    assert bench.desk.run("leases").stderr == "every phone is free\n"


def test_a_phone_that_somebody_holds_is_his_to_put_back(bench: Bench) -> None:
    with bench.store() as store, store.register("pytest gw0") as holder:
        lease = holder.acquire([bench.udid], within_s=0)
        entry = lease.will_change(bench.udid, WIFI)
        assert bench.desk.run("restore").returncode == 0
        done = bench.desk.run("restore", "--phone", "v-16")
        assert done.returncode == 4
        assert done.stdout.startswith("v-16: not put back: wifi back to on: held by pytest gw0 (pid ")
        lease.undone(entry)


def test_a_phone_out_of_rotation_is_told_of_with_what_to_do_by_hand(bench: Bench) -> None:
    bench.alter(WIFI)
    bench.give_up()
    done = bench.desk.run("restore")
    assert done.returncode == 3
    assert done.stdout == (
        "v-16: not put back: wifi back to on: v-16: the phone said no\n"
        "  By hand: Open Settings > Wi-Fi and switch it on. "
        "Then say so: harness restore --phone v-16 --by-hand\n"
    )
    for command in ("leases", "devices"):
        listed = bench.desk.run(command)
        assert "quarantined" in listed.stdout
        assert "the phone said no. By hand: Open Settings > Wi-Fi and switch it on." in listed.stdout
    assert "harness restore --phone NAME --by-hand" in bench.desk.run("leases").stderr
    refused = bench.desk.run("state", "dev.harness.downloader")
    assert refused.returncode == 4
    assert "harness restore --phone NAME --by-hand" in refused.stderr


def test_a_phone_that_is_offline_can_be_said_to_be_right_and_only_then_be_forgotten(bench: Bench) -> None:
    bench.alter(WIFI)
    with bench.store() as store:
        store.mark_detached(bench.udid)
    refused = bench.desk.run("farm", "forget", "v-16")
    assert refused.returncode == 4
    assert "By hand: Open Settings > Wi-Fi and switch it on." in refused.stderr
    assert f"harness restore --phone {bench.udid} --by-hand" in refused.stderr
    done = bench.desk.run("restore", "--phone", bench.udid, "--by-hand")
    assert (done.returncode, done.stdout) == (0, "v-16: put right by hand, and offline\n")
    bench.desk.shell("--phone", "v-16", "wifi", "on")
    assert bench.desk.run("farm", "forget", "v-16").stdout == f"v-16 ({bench.udid}): forgotten\n"
    assert bench.desk.json("devices")["state"] == "free"


def test_a_phone_out_of_rotation_is_tried_again_by_its_name(bench: Bench) -> None:
    bench.alter(WIFI)
    bench.give_up()
    assert bench.desk.run("restore", "--phone", "v-16").stdout == "v-16: put back: wifi back to on\n"
    assert bench.desk.show("v-16")["wifi_on"]


def test_a_person_is_taken_at_his_word(bench: Bench) -> None:
    bench.alter(WIFI)
    bench.give_up()
    bench.desk.shell("--phone", "v-16", "wifi", "on")
    told = bench.desk.json("restore", "--phone", "v-16", "--by-hand")
    assert (told["state"], told["left"]) == ("free", [])
    assert bench.desk.run("restore", "--by-hand").returncode == 2


def test_a_phone_nobody_has_heard_of_is_named(bench: Bench) -> None:
    done = bench.desk.run("restore", "--phone", "other")
    assert (done.returncode, done.stdout) == (4, "")
    assert "no phone here is called other; there are v-16" in done.stderr


def test_a_phone_that_cannot_be_reached_stays_as_it_is(bench: Bench) -> None:
    with bench.store() as store, store.register("gone") as holder:
        holder.acquire(["00008120-00AB"], within_s=0).will_change("00008120-00AB", WIFI)
    done = bench.desk.run("restore")
    assert done.returncode == 3
    assert "00008120-00AB: not put back: wifi back to on: it cannot be reached from here" in done.stdout
    assert bench.desk.run("restore", "--phone", "00008120-00AB", "--by-hand").returncode == 0


def test_a_one_off_takes_the_phone_as_a_person_set_it(bench: Bench) -> None:
    bench.alter(WIFI, keep=True)
    assert bench.desk.json("state", "dev.harness.downloader")["state"] == "not running"
    assert not bench.desk.show("v-16")["wifi_on"]
    bench.desk.run("restore", "--all")


def test_a_one_off_puts_right_what_a_run_left_altered(bench: Bench) -> None:
    bench.alter(WIFI, CONDITION)
    assert bench.desk.json("state", "dev.harness.downloader")["state"] == "not running"
    assert bench.desk.show("v-16")["wifi_on"]


def test_what_was_changed_on_a_virtual_phone_went_with_its_rack(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(ONE_PHONE)
    desk = Desk(tmp_path)
    with desk.serving() as address:
        desk.json("devices")
        Bench(desk, address.phones[0].udid).alter(WIFI)
    assert desk.run("restore").stdout == "v-16: it went with its rack, and what was changed on it, too\n"
    assert desk.run("leases").stderr == "every phone is free\n"
