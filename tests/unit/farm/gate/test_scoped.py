"""The socket of one grant, and the one socket of a worker."""

from __future__ import annotations

import os
import stat

import pytest

from harness.config.places import SOCKET_PATH_LIMIT_BYTES, make_socket_dir
from harness.errors import DeviceLost
from harness.farm.gate import scoped, worker
from harness.farm.gate.epochs import Epochs, StaleEpoch
from harness.farm.gate.scoped import LONGEST_NAME, ScopedSocket, socket_name
from harness.farm.gate.worker import WorkerSocket
from tests.unit.farm.gate.bench import Asker, Bench, run

PHONE, OTHER = "00008120-000A11112222001E", "00008120-000B33334444001E"


async def grant(it: Bench, udid: str, epoch: int) -> ScopedSocket:
    epochs = Epochs(it.directory / "epochs.json")
    return await ScopedSocket.open(it.directory, udid, epoch, epochs, upstream=it.upstream_path)


async def serials(path: str) -> list[str]:
    asker = await Asker.at(path)
    try:
        return [one["Properties"]["SerialNumber"] for one in (await asker.ask("ListDevices"))["DeviceList"]]
    finally:
        asker.close()
        await asker.writer.wait_closed()


def test_a_grants_socket_has_its_phone_from_the_first_moment_and_no_other() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(OTHER)
        it.plug_in(PHONE)
        granted = await grant(it, PHONE, 3)
        assert os.path.basename(granted.path) == socket_name(PHONE, 3)
        assert stat.S_IMODE(os.stat(granted.path).st_mode) == 0o600
        assert await serials(granted.path) == [PHONE]
        assert granted.is_there
        await granted.close()
        assert socket_name(PHONE, 3) not in os.listdir(it.directory)

    run(test)


def test_the_next_turn_has_a_path_of_its_own_and_the_last_one_does_not_come_back() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        first = await grant(it, PHONE, 3)
        await first.close()
        with pytest.raises(StaleEpoch):
            await grant(it, PHONE, 3)
        second = await grant(it, PHONE, 4)
        assert second.path != first.path
        with pytest.raises(FileNotFoundError):
            await Asker.at(first.path)
        await second.close()

    run(test)


def test_a_grant_of_a_phone_that_is_not_there_is_refused_and_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scoped, "SHOWN_WITHIN_S", 0.05)

    async def test(it: Bench) -> None:
        with pytest.raises(DeviceLost, match="does not list it"):
            await grant(it, PHONE, 1)
        assert not [name for name in os.listdir(it.directory) if name.endswith(".sock")]

    run(test)


def test_a_turn_whose_socket_could_not_be_made_is_not_used_up() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        epochs, full = Epochs(it.directory / "epochs.json"), it.directory / "full"
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                await ScopedSocket.open(full, PHONE, 1, epochs, upstream=it.upstream_path)
        full.mkdir()
        granted = await ScopedSocket.open(full, PHONE, 1, epochs, upstream=it.upstream_path)
        await granted.close()
        with pytest.raises(StaleEpoch):
            await ScopedSocket.open(full, PHONE, 1, epochs, upstream=it.upstream_path)

    run(test)


def test_names_are_short_and_of_one_length() -> None:
    names = {socket_name("a", 1), socket_name("b", 1), socket_name("a", 2)}
    assert len(names) == 3
    assert all(len(name) <= len(LONGEST_NAME) for name in names)
    directory = make_socket_dir(LONGEST_NAME)
    assert len(os.fsencode(directory.path / LONGEST_NAME)) <= SOCKET_PATH_LIMIT_BYTES
    directory.remove()


def test_a_worker_keeps_its_path_while_its_phones_change() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        it.plug_in(OTHER)
        mine = await WorkerSocket.open()
        assert mine.environment == {"USBMUXD_SOCKET_ADDRESS": mine.path}
        first, second = await grant(it, PHONE, 1), await grant(it, OTHER, 1)
        await mine.take(PHONE, first.path)
        await mine.take(OTHER, second.path)
        assert await serials(mine.path) == [PHONE, OTHER] == list(mine.udids)
        await mine.let_go(PHONE)
        assert await serials(mine.path) == [OTHER]
        for socket in (mine, first, second):
            await socket.close()
        with pytest.raises(FileNotFoundError):
            os.stat(os.path.dirname(mine.path))

    run(test)


def test_a_worker_that_cannot_see_its_phone_is_told_so_and_may_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(it: Bench) -> None:
        mine = await WorkerSocket.open()
        with monkeypatch.context() as patch:
            patch.setattr(worker, "SHOWN_WITHIN_S", 0.05)
            with pytest.raises(DeviceLost, match="not to be seen"):
                await mine.take(PHONE, it.upstream_path)
        it.plug_in(PHONE)
        await mine.take(PHONE, it.upstream_path)
        await mine.close()

    run(test)


def test_a_phone_without_an_agent_is_reached_by_the_usbmuxd_that_the_process_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", it.upstream_path)
        mine = await WorkerSocket.open()
        monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", mine.path)
        await mine.take(PHONE, None)
        assert await serials(mine.path) == [PHONE]
        await mine.close()

    run(test)


def test_a_lease_that_ends_cuts_what_runs_through_the_workers_socket() -> None:
    async def test(it: Bench) -> None:
        phone = it.plug_in(PHONE)
        granted, mine = await grant(it, PHONE, 1), await WorkerSocket.open()
        await mine.take(PHONE, granted.path)
        asker = await Asker.at(mine.path)
        (shown,) = (await asker.ask("ListDevices"))["DeviceList"]
        assert await asker.connect(shown["DeviceID"], 7) == 0
        assert granted.connections == phone.open == 1
        await granted.close()
        assert await asker.rest() == b""
        assert phone.open == 0
        asker.close()
        await mine.close()

    run(test)
