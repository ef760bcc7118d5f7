from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from pathlib import Path

import pytest

from harness.config.devices import DeviceEntry, Reach, VirtualSpec
from harness.errors import ConfigError
from harness.model.identity import Connection
from harness.virtual.address import RackAddress, RackUnreadable, parse_rack_address
from harness.virtual.rack import Rack
from harness.virtual.specs import parse_specs, spec_of, specs_to_json, udid_of
from tests.virtual.rig import identity, rig, spec, until


def test_a_udid_is_the_same_for_the_same_phone_and_another_for_every_other() -> None:
    one = udid_of("v-16", 1, "iPhone10,3")
    assert re.fullmatch(r"00008015-[0-9A-F]{16}", one)
    others = {
        udid_of("v-17", 1, "iPhone10,3"),
        udid_of("v-16", 2, "iPhone10,3"),
        udid_of("v-16", 1, "iPhone10,3", nonce="abc"),
    }
    assert len(others | {one}) == 4
    assert udid_of("v-16", 1, "iPhone10,3") == one


def test_an_entry_becomes_a_phone_and_a_real_phone_does_not() -> None:
    virtual = VirtualSpec(ios="16.7", model="iPhone10,3", cellular=False, seed=4, clock_rate=5)
    made = spec_of(DeviceEntry(name="v", virtual=virtual))
    assert (made.ios, made.build, made.cellular, made.seed, made.clock_rate) == (
        "16.7",
        "20H19",
        False,
        4,
        5.0,
    )
    with pytest.raises(ConfigError, match="desk is a real phone"):
        spec_of(DeviceEntry(name="desk", udid="00008030-0000000000000001"))


def test_an_address_survives_its_line() -> None:
    async def main() -> RackAddress:
        async with rig() as it:
            return it.address

    address = asyncio.run(main())
    assert parse_rack_address(address.to_json()) == address
    for other in ("", "[]", "{}", '{"pid":1}', '{"phones":[{"name":1}]}'):
        with pytest.raises(RackUnreadable):
            parse_rack_address(other)


def test_without_a_waiter_the_clock_runs_at_its_rate() -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.clock.rate = 100.0
            before_s, begun_s = it.phone.clock.now_s, time.monotonic()
            await until(lambda: it.phone.clock.now_s > before_s + 1.0)
            passed_s = it.phone.clock.now_s - before_s
            # Never more than the wall time allows, however late the ticks come.
            assert passed_s <= (time.monotonic() - begun_s + 0.05) * 100.0

    asyncio.run(main())


def test_a_rack_of_64_phones_is_soon_there(tmp_path: Path) -> None:
    async def main() -> None:
        identity()
        begun_s = time.process_time()
        specs = [spec(name=f"v-{number}") for number in range(64)]
        rack = Rack(specs, identity(), tmp_path)
        took_s = time.process_time() - begun_s
        assert len(rack.mux.attached_messages()) == 64
        assert took_s < 2.0, "seconds of processor time; an identity per phone would take 8"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("said", "there"),
    [
        (None, [Connection.USB]),
        (Reach.USB, [Connection.USB]),
        (Reach.NETWORK, [Connection.NETWORK]),
        (Reach.ANY, [Connection.USB, Connection.NETWORK]),
    ],
)
def test_a_phone_is_there_as_its_entry_says_and_by_cable_when_it_says_nothing(
    said: Reach | None, there: list[Connection], tmp_path: Path
) -> None:
    virtual = VirtualSpec(ios="16.7")
    entry = DeviceEntry(name="v", virtual=virtual)
    if said is not None:
        entry = DeviceEntry(name="v", virtual=virtual, connection=said)
    (one,) = parse_specs(specs_to_json([spec_of(entry)]))
    rack = Rack([one], identity(), tmp_path)
    assert [way for way in Connection if rack.mux.is_attached(one.udid, way)] == there


def test_a_phone_only_on_the_network_can_be_put_on_a_cable(tmp_path: Path) -> None:
    one = dataclasses.replace(spec(), connection="network")
    rack = Rack([one], identity(), tmp_path)
    rack.plug_in(one.udid)
    rack.leave_network(one.udid)
    assert [message["Properties"]["ConnectionType"] for message in rack.mux.attached_messages()] == ["USB"]
