from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from harness.config.places import make_socket_dir
from harness.drivers.pmd3.look import ways
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.pmd3.transport import USBMUX_ENVIRONMENT, choose_usbmux, own_usbmux
from harness.errors import CapabilityMissing, DeviceError
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.wire.usbmux import MuxDecoder, MuxFrame, MuxResult, result_frame

BY_CABLE, BY_NETWORK = 4, 9
"""usbmuxd's numbers of the two ways to the phone that is there twice."""

TWICE = "00008120-00AA"
"""A phone that usbmuxd lists twice, the network first, as it does when the cable comes later."""


def attachment(number: int, way: str, udid: str) -> dict[str, object]:
    properties = {"SerialNumber": udid, "ConnectionType": way, "DeviceID": number}
    return {"DeviceID": number, "MessageType": "Attached", "Properties": properties}


ATTACHED = [
    attachment(BY_NETWORK, "Network", TWICE),
    attachment(BY_CABLE, "USB", TWICE),
    attachment(5, "Network", "00008120-00BB"),
]


@dataclass
class Usbmuxd:
    """A usbmuxd that lists phones and connects to none.

    Attributes:
        asked_for: the numbers that clients wanted to be connected to.
    """

    asked_for: list[int] = field(default_factory=list[int])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = MuxDecoder()
        try:
            while data := await reader.read(65536):
                writer.write(b"".join(self.answer(frame).encode() for frame in decoder.feed(data)))
        finally:
            writer.close()

    def answer(self, frame: MuxFrame) -> MuxFrame:
        match frame.message_type:
            case "ListDevices":
                return MuxFrame(frame.tag, {"DeviceList": ATTACHED})
            case "ReadBUID":
                return MuxFrame(frame.tag, {"BUID": "00000000-0000-0000-0000-000000000000"})
            case "Connect":
                self.asked_for.append(int(frame.body["DeviceID"]))
                return result_frame(frame.tag, MuxResult.CONNECTION_REFUSED)
            case _:
                return result_frame(frame.tag, MuxResult.OK)


@asynccontextmanager
async def usbmuxd() -> AsyncGenerator[tuple[Usbmuxd, str]]:
    directory = make_socket_dir()
    double = Usbmuxd()
    path = str(directory.path / "usbmux")
    server = await asyncio.start_unix_server(double.serve, path)
    try:
        yield double, path
    finally:
        server.close()
        directory.remove()


def phone(ios: str) -> PhoneIdentity:
    return PhoneIdentity("desk", TWICE, ios, "iPhone15,4", Hardware.REAL)


def test_a_phone_on_cable_and_network_is_one_phone_with_two_ways() -> None:
    async def look() -> object:
        async with usbmuxd() as (_, path):
            return await ways(path)

    assert asyncio.run(look()) == {
        TWICE: (Connection.USB, Connection.NETWORK),
        "00008120-00BB": (Connection.NETWORK,),
    }


@pytest.mark.parametrize(
    ("connection", "number"),
    [(None, BY_CABLE), (Connection.USB, BY_CABLE), (Connection.NETWORK, BY_NETWORK)],
    ids=["unsaid", "usb", "network"],
)
def test_a_phone_is_opened_by_the_way_that_was_chosen(connection: Connection | None, number: int) -> None:
    async def scenario() -> list[int]:
        async with usbmuxd() as (double, path):
            with pytest.raises(DeviceError):
                await open_phone(phone("16.7"), usbmux=path, connection=connection)
            return double.asked_for

    try:
        assert asyncio.run(scenario()) == [number]
    finally:
        choose_usbmux(None)


def test_a_tunnel_that_would_take_the_cable_is_not_opened_for_a_phone_wanted_by_network() -> None:
    async def scenario() -> list[int]:
        async with usbmuxd() as (double, path):
            with pytest.raises(CapabilityMissing, match="Unplug its cable"):
                await open_phone(phone("18.5"), usbmux=path, connection=Connection.NETWORK)
            return double.asked_for

    try:
        assert asyncio.run(scenario()) == []
    finally:
        choose_usbmux(None)


def test_this_hosts_own_usbmuxd_stays_the_users_while_a_phone_elsewhere_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_usbmux(None)
    monkeypatch.setenv(USBMUX_ENVIRONMENT, "/users/own")
    choose_usbmux("/of/a/rack")
    choose_usbmux("/of/another")
    assert (own_usbmux(), os.environ[USBMUX_ENVIRONMENT]) == ("/users/own", "/of/another")
    choose_usbmux(None)
    assert (own_usbmux(), os.environ[USBMUX_ENVIRONMENT]) == ("/users/own", "/users/own")
