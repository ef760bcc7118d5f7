"""Pair records through a relay: a lease uses the host's, and cannot lose it."""

from __future__ import annotations

from harness.farm.gate.pairing import NO_PAIR_RECORD
from tests.unit.farm.gate.bench import Asker, Bench, run

PHONE, OTHER = "00008120-000A11112222001E", "00008120-000B33334444001E"

HOSTS, LEASES = b"the host's", b"the lease's"


async def read(asker: Asker, udid: str = PHONE) -> bytes | int:
    told = await asker.ask("ReadPairRecord", PairRecordID=udid)
    return told["PairRecordData"] if "PairRecordData" in told else told["Number"]


async def save(asker: Asker, record: bytes, udid: str = PHONE) -> int:
    return (await asker.ask("SavePairRecord", PairRecordID=udid, PairRecordData=record))["Number"]


async def delete(asker: Asker, udid: str = PHONE) -> int:
    return (await asker.ask("DeletePairRecord", PairRecordID=udid))["Number"]


def test_the_hosts_record_is_read() -> None:
    async def test(it: Bench) -> None:
        it.upstream.save_pair_record(PHONE, HOSTS)
        await it.show(PHONE)
        assert await read(await it.asker()) == HOSTS

    run(test)


def test_a_record_is_saved_with_the_host_where_it_has_none() -> None:
    async def test(it: Bench) -> None:
        await it.show(PHONE)
        asker = await it.asker()
        assert await read(asker) == NO_PAIR_RECORD
        assert await save(asker, LEASES) == 0
        assert await read(asker) == it.upstream.pair_record(PHONE) == LEASES

    run(test)


def test_a_record_beside_the_hosts_is_the_leases_alone() -> None:
    async def test(it: Bench) -> None:
        it.upstream.save_pair_record(PHONE, HOSTS)
        await it.show(PHONE)
        asker = await it.asker()
        assert await save(asker, LEASES) == 0
        assert await read(asker) == LEASES
        assert it.upstream.pair_record(PHONE) == HOSTS
        await it.relay.detach(PHONE)
        it.relay.attach(PHONE, it.upstream_path)
        assert await read(asker) == HOSTS

    run(test)


def test_a_record_that_is_deleted_is_hidden_from_the_lease_and_the_host_keeps_it() -> None:
    async def test(it: Bench) -> None:
        it.upstream.save_pair_record(PHONE, HOSTS)
        await it.show(PHONE)
        asker = await it.asker()
        assert await delete(asker) == 0
        assert await read(asker) == NO_PAIR_RECORD
        assert await delete(asker) == NO_PAIR_RECORD
        assert it.upstream.pair_record(PHONE) == HOSTS
        assert await save(asker, LEASES) == 0
        assert await read(asker) == LEASES
        assert it.upstream.pair_record(PHONE) == HOSTS

    run(test)


def test_the_record_of_a_phone_that_is_not_shown_does_not_exist_here() -> None:
    async def test(it: Bench) -> None:
        it.upstream.save_pair_record(OTHER, HOSTS)
        it.plug_in(OTHER)
        await it.show(PHONE)
        asker = await it.asker()
        assert await read(asker, OTHER) == NO_PAIR_RECORD
        assert await delete(asker, OTHER) == NO_PAIR_RECORD
        assert await save(asker, LEASES, OTHER) != 0
        assert it.upstream.pair_record(OTHER) == HOSTS

    run(test)


def test_a_new_pairing_is_told_to_who_listens_under_the_relays_own_number() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(OTHER)
        await it.show(PHONE)
        asker = await it.asker()
        await asker.ask("Listen")
        shown = await asker.frame()
        it.upstream.save_pair_record(OTHER, HOSTS)
        it.upstream.save_pair_record(PHONE, HOSTS)
        assert await asker.frame() == {"MessageType": "Paired", "DeviceID": shown["DeviceID"]}

    run(test)
