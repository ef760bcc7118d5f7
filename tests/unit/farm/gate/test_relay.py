"""What clients see through a relay, and what they do not."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.farm.gate import listening
from harness.farm.gate.relay import UsbmuxRelay
from harness.farm.gate.upstream import address_of
from harness.model.identity import Connection
from harness.virtual.transport.mux import MuxServer
from harness.wire.usbmux import MuxResult
from harness.wire.usbmux_binary import BinaryFrame, BinaryListen, BinaryResult, EitherMuxDecoder
from tests.unit.farm.gate.bench import ECHO, WITHIN_S, Asker, Bench, VirtualPort, run, until

HERS, HIS = "00008120-000A11112222001E", "00008120-000B33334444001E"


def test_only_the_phones_attached_to_it_are_listed() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(HIS)
        await it.show(HERS)
        (listed,) = await it.listed()
        assert listed["MessageType"] == "Attached"
        assert listed["Properties"]["SerialNumber"] == HERS
        assert listed["Properties"]["DeviceID"] == listed["DeviceID"]
        assert it.relay.udids == (HERS,)

    run(test)


def test_a_list_asked_for_at_once_waits_for_what_usbmuxd_has() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(HERS)
        it.relay.attach(HERS, it.upstream_path)
        assert [one["Properties"]["SerialNumber"] for one in await it.listed()] == [HERS]

    run(test)


def test_a_phone_attached_later_behind_a_usbmuxd_already_known_is_seen() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        it.plug_in(HIS)
        it.relay.attach(HIS, it.upstream_path)
        assert await it.relay.shown(HIS, WITHIN_S)
        assert it.relay.udids == (HERS, HIS)

    run(test)


def test_the_number_of_a_phone_that_is_not_shown_is_refused_even_where_usbmuxd_knows_it() -> None:
    async def test(it: Bench) -> None:
        for number in range(9):
            it.plug_in(f"other-{number}")
        phone = await it.show(HERS)
        (shown,) = await it.listed()
        for device_id in set(range(12)) - {shown["DeviceID"]}:
            asker = await it.asker()
            assert await asker.connect(device_id, ECHO) == MuxResult.BAD_DEVICE
        assert phone.open == 0

    run(test)


def test_a_port_that_nobody_serves_is_refused_as_by_usbmuxd_and_the_client_may_ask_on() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        (shown,) = await it.listed()
        asker = await it.asker()
        assert await asker.connect(shown["DeviceID"], 4) == MuxResult.CONNECTION_REFUSED
        assert it.relay.connections(HERS) == 0
        assert (await asker.ask("ReadBUID"))["BUID"] == "HOST-BUID"

    run(test)


def test_what_usbmuxd_does_not_know_is_a_bad_command() -> None:
    async def test(it: Bench) -> None:
        asker = await it.asker()
        assert (await asker.ask("Dance"))["Number"] == MuxResult.BAD_COMMAND
        await it.show(HERS)
        (shown,) = await it.listed()
        assert (await asker.ask("Connect", DeviceID=shown["DeviceID"]))["Number"] == MuxResult.BAD_COMMAND

    run(test)


def test_a_client_of_the_protocol_before_property_lists_is_told_so_in_its_own_words() -> None:
    async def test(it: Bench) -> None:
        asker = await it.asker()
        asker.writer.write(BinaryFrame(3, BinaryListen()).encode())
        (answer,) = EitherMuxDecoder().feed(await asker.rest())
        assert answer == BinaryFrame(3, BinaryResult(MuxResult.BAD_VERSION))

    run(test)


def test_who_talks_nonsense_loses_the_connection_and_nobody_else_does() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        other, asker = await it.connected(HERS), await it.asker()
        asker.writer.write(b"\xff" * 64)
        assert await asker.rest() == b""
        other.writer.write(b"still")
        assert await other.reader.readexactly(5) == b"still"

    run(test)


def test_listeners_hear_of_phones_shown_and_taken_away_and_of_those_that_usbmuxd_gets_and_loses() -> None:
    async def test(it: Bench) -> None:
        asker = await it.asker()
        assert (await asker.ask("Listen"))["Number"] == 0
        await it.show(HERS)
        first = await asker.frame()
        it.upstream.detach(HERS)
        assert await asker.frame() == {"MessageType": "Detached", "DeviceID": first["DeviceID"]}
        it.upstream.attach(VirtualPort(HERS))
        second = await asker.frame()
        assert second["Properties"]["SerialNumber"] == HERS
        assert second["DeviceID"] > first["DeviceID"]
        await it.relay.detach(HERS)
        assert await asker.frame() == {"MessageType": "Detached", "DeviceID": second["DeviceID"]}

    run(test)


def test_a_listener_hears_at_once_of_what_is_there_and_is_itself_listed() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        asker, other = await it.asker(), await it.asker()
        await asker.ask("Listen", ProgName="looker", kLibUSBMuxVersion=3, BundleID="dev.looker")
        assert (await asker.frame())["Properties"]["SerialNumber"] == HERS
        (listener,) = (await other.ask("ListListeners"))["ListenerList"]
        assert listener["ID String"].endswith("-looker")
        assert (listener["BundleID"], listener["kLibUSBMuxVersion"]) == ("dev.looker", 3)
        asker.close()
        await until(lambda: not it.relay.listeners())
        assert (await other.ask("ListListeners"))["ListenerList"] == []

    run(test)


def test_phones_vanish_with_their_usbmuxd_and_are_back_with_it() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        asker = await it.asker()
        await asker.ask("Listen")
        first = await asker.frame()
        await it.upstream.close()
        assert await asker.frame() == {"MessageType": "Detached", "DeviceID": first["DeviceID"]}
        assert await it.listed() == []
        anew = MuxServer("HOST-BUID")
        anew.attach(VirtualPort(HERS))
        await anew.listen(it.upstream_path)
        assert (await asker.frame())["Properties"]["SerialNumber"] == HERS
        await it.connected(HERS)
        await it.relay.stop()
        await anew.close()

    run(test)


def test_a_phone_whose_usbmuxd_is_gone_is_a_bad_device() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        (shown,) = await it.listed()
        os.rename(it.upstream_path, it.upstream_path + "-away")
        asker = await it.asker()
        assert await asker.connect(shown["DeviceID"], ECHO) == MuxResult.BAD_DEVICE
        os.rename(it.upstream_path + "-away", it.upstream_path)

    run(test)


def test_one_way_to_a_phone_can_be_all_that_is_shown() -> None:
    async def test(it: Bench) -> None:
        phone = it.plug_in(HERS)
        it.upstream.attach(phone, Connection.NETWORK)
        it.relay.attach(HERS, it.upstream_path, connection=Connection.NETWORK)
        assert await it.relay.shown(HERS, WITHIN_S)
        assert [one["Properties"]["ConnectionType"] for one in await it.listed()] == ["Network"]
        await it.relay.detach(HERS)
        it.relay.attach(HERS, it.upstream_path)
        assert [one["Properties"]["ConnectionType"] for one in await it.listed()] == ["USB", "Network"]
        assert it.relay.udids == (HERS,)

    run(test)


def test_a_phone_is_known_by_its_udid_with_and_without_the_hyphen() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(HERS.replace("-", ""))
        it.relay.attach(HERS, it.upstream_path)
        assert await it.relay.shown(HERS, WITHIN_S)
        assert it.relay.udids == (HERS.replace("-", ""),)

    run(test)


def test_two_hosts_phones_of_the_same_number_are_two_phones() -> None:
    async def test(it: Bench) -> None:
        other = MuxServer("OTHER-BUID")
        his = VirtualPort(HIS)
        other.attach(his)
        await other.listen(str(it.directory / "other"))
        hers = await it.show(HERS)
        it.relay.attach(HIS, str(it.directory / "other"))
        assert await it.relay.shown(HIS, WITHIN_S)
        talks = {udid: await it.connected(udid) for udid in (HERS, HIS)}
        for udid, asker in talks.items():
            asker.writer.write(udid.encode())
            assert await asker.reader.readexactly(len(udid)) == udid.encode()
        assert (bytes(hers.heard), bytes(his.heard)) == (HERS.encode(), HIS.encode())
        await it.relay.detach(HIS)
        assert await talks[HIS].rest() == b""
        talks[HERS].writer.write(b"more")
        assert await talks[HERS].reader.readexactly(4) == b"more"
        await it.relay.stop()
        await other.close()

    run(test)


def test_a_phone_is_shown_once() -> None:
    async def test(it: Bench) -> None:
        await it.show(HERS)
        with pytest.raises(ValueError, match="already"):
            it.relay.attach(HERS.lower(), it.upstream_path)

    run(test)


def test_a_relay_is_not_its_own_upstream() -> None:
    async def test(it: Bench) -> None:
        with pytest.raises(ConfigError, match=r"behind .* itself"):
            it.relay.attach(HERS, f"UNIX:{it.path}")

    run(test)


def test_its_socket_is_its_owners_alone_and_gone_afterwards() -> None:
    async def test(it: Bench) -> None:
        assert stat.S_IMODE(os.stat(it.path).st_mode) == 0o600
        await it.relay.stop()
        assert os.path.basename(it.path) not in os.listdir(it.directory)
        await it.relay.stop()

    run(test)


def test_a_socket_that_a_dead_process_left_is_replaced_and_another_file_is_not(tmp_path: Path) -> None:
    async def test(it: Bench) -> None:
        left = str(it.directory / "left")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(left)
        relay = UsbmuxRelay()
        await relay.start(left)
        (await Asker.at(left)).close()
        await relay.stop()
        kept = it.directory / "kept"
        kept.write_text("not a socket")
        with pytest.raises(OSError, match="in use"):
            await UsbmuxRelay().start(str(kept))
        assert kept.read_text() == "not a socket"

    run(test)


def test_a_path_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be a socket"):
        asyncio.run(UsbmuxRelay().start(str(tmp_path / ("x" * 101))))


def test_without_a_name_the_usbmuxd_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", "UNIX:/tmp/here")
    assert address_of(None) == "/tmp/here"
    assert address_of("/tmp/there") == "/tmp/there"
    monkeypatch.delenv("USBMUXD_SOCKET_ADDRESS")
    assert address_of(None) == "/var/run/usbmuxd"


def test_without_a_phone_it_has_an_identifier_of_its_own_and_then_its_first_phones() -> None:
    async def test(it: Bench) -> None:
        asker = await it.asker()
        own = (await asker.ask("ReadBUID"))["BUID"]
        assert own == (await asker.ask("ReadBUID"))["BUID"] != "HOST-BUID"
        await it.show(HERS)
        assert (await asker.ask("ReadBUID"))["BUID"] == "HOST-BUID"

    run(test)


def test_a_relay_without_a_descriptor_left_takes_its_clients_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PAUSE_S", 0.01)
    tried: list[int] = []
    accept = socket.socket.accept

    def full_at_first(self: socket.socket) -> tuple[socket.socket, object]:
        tried.append(1)
        if len(tried) < 4:
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(self)

    async def test(it: Bench) -> None:
        monkeypatch.setattr(socket.socket, "accept", full_at_first)
        asker = await it.asker()
        assert (await asker.ask("ListDevices"))["DeviceList"] == []
        assert len(tried) == 4

    run(test)
