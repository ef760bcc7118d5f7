"""Pairing, and what a paired host changes, judged by libimobiledevice and go-ios."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable

import pytest

from harness.virtual.transport.trust import Dialog
from tests.virtual.judges.client import Answer, Client
from tests.virtual.rig import Rig, rig
from tests.virtual.watched import let_boot

IOS = ("16.7", "18.5")
LIBIMOBILEDEVICE = pytest.mark.judge("libimobiledevice")
GO_IOS = pytest.mark.judge("go-ios")

Tell = Callable[[str], Awaitable[Answer]]


def libimobiledevice(it: Rig) -> Tell:
    """Runs its tools, which see this rack and keep their settings in the test's own directory."""
    udid = it.phone.spec.udid
    where = {"USBMUXD_SOCKET_ADDRESS": f"UNIX:{it.address.usbmux}", "HOME": os.environ["HOME"]}
    return telling(Client("v", udid, where))


def go_ios(it: Rig) -> Tell:
    """Runs its commands, for this rack's phone."""
    udid = it.phone.spec.udid
    options = (f"--udid={udid}", "--tunnel-info-port=1")
    return telling(Client("v", udid, {"USBMUXD_SOCKET_ADDRESS": it.address.usbmux}, options))


def telling(client: Client) -> Tell:
    # The rack is in this test's own loop, which has to turn while a client runs.
    async def tell(command: str) -> Answer:
        return await asyncio.to_thread(client.run, command)

    return tell


def run(ios: str, test: Callable[[Rig], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rig(ios) as it:
            await test(it)

    asyncio.run(main())


@LIBIMOBILEDEVICE
@pytest.mark.parametrize("ios", IOS)
def test_idevicepair_waits_for_the_person_and_is_told_no_and_yes(ios: str) -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        udid, trust = it.phone.spec.udid, it.rack.end(it.phone.spec.udid).trust
        trust.untrust()
        assert "Please accept the trust dialog" in (await tell("idevicepair -u {udid} pair")).out
        assert trust.dialog is Dialog.PENDING
        trust.tap_dont_trust()
        assert "the user denied the trust dialog" in (await tell("idevicepair -u {udid} pair")).out
        await tell("idevicepair -u {udid} pair")
        trust.tap_trust()
        assert (await tell("idevicepair -u {udid} pair")).out == f"SUCCESS: Paired with device {udid}\n"
        validated = await tell("idevicepair -u {udid} validate")
        assert validated.out == f"SUCCESS: Validated pairing with device {udid}\n"
        assert (await tell("ideviceinfo -u {udid} -k SerialNumber")).out.startswith("V")

    run(ios, test)


@LIBIMOBILEDEVICE
@pytest.mark.parametrize("ios", IOS)
def test_idevicepair_unpairs_for_good_where_a_person_is_asked(ios: str) -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        udid, trust = it.phone.spec.udid, it.rack.end(it.phone.spec.udid).trust
        trust.asks = True
        assert (await tell("idevicepair -u {udid} unpair")).out == f"SUCCESS: Unpaired with device {udid}\n"
        assert it.rack.mux.pair_record(udid) is None
        assert (await tell("idevicepair -u {udid} validate")).code == 1
        assert trust.dialog is Dialog.PENDING

    run(ios, test)


@LIBIMOBILEDEVICE
def test_a_phone_locked_with_a_passcode_asks_to_be_unlocked_before_it_is_paired_with() -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        it.rack.end(it.phone.spec.udid).trust.untrust()
        it.rack.mux.delete_pair_record(it.phone.spec.udid)
        it.phone.conditions.passcode = "1234"
        it.phone.lock()
        paired = await tell("idevicepair -u {udid} pair")
        assert "because a passcode is set" in paired.out
        assert "Password protected (-17)" in (await tell("ideviceinfo -u {udid} -k DeviceName")).talk
        it.phone.unlock()
        assert "Please accept the trust dialog" in (await tell("idevicepair -u {udid} pair")).out

    run("16.7", test)


@LIBIMOBILEDEVICE
def test_without_trust_little_is_told() -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        it.rack.end(it.phone.spec.udid).trust.untrust()
        assert (await tell("ideviceinfo -s -u {udid} -k DeviceName")).out == "v-16\n"
        assert (await tell("ideviceinfo -s -u {udid} -k SerialNumber")).out == ""
        # A host that has a record learns no more than that the phone knows it no longer.
        assert "Invalid HostID (-21)" in (await tell("ideviceinfo -u {udid}")).talk
        it.rack.mux.delete_pair_record(it.phone.spec.udid)
        assert "response pending (-19)" in (await tell("ideviceinfo -u {udid}")).talk

    run("16.7", test)


@LIBIMOBILEDEVICE
def test_a_service_needs_the_first_unlock_after_a_boot() -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        it.phone.conditions.passcode = "1234"
        it.phone.reboot()
        await let_boot(it.phone)
        assert (await tell("ideviceinfo -u {udid} -k PasswordProtected")).out == "true\n"
        asked = "idevicediagnostics -u {udid} diagnostics GasGauge"
        assert "Could not start diagnostics service" in (await tell(asked)).out
        it.phone.unlock()
        assert "CycleCount" in (await tell(asked)).out

    run("16.7", test)


@LIBIMOBILEDEVICE
@pytest.mark.parametrize("ios", IOS)
def test_values_are_found_by_key_and_by_domain(ios: str) -> None:
    async def test(it: Rig) -> None:
        tell = libimobiledevice(it)
        it.phone.conditions.set_battery(42)
        battery = await tell("ideviceinfo -u {udid} -q com.apple.mobile.battery -k BatteryCurrentCapacity")
        assert battery.out == "42\n"
        wifi = await tell("ideviceinfo -u {udid} -q com.apple.mobile.wireless_lockdown")
        assert "EnableWifiConnections: true\n" in wifi.out
        assert (await tell("idevicename -u {udid} shelf")).code == 0
        assert (await tell("idevicename -u {udid}")).out == "shelf\n"

    run(ios, test)


@GO_IOS
@pytest.mark.parametrize("ios", IOS)
def test_go_ios_pairs_once_a_person_has_tapped_trust(ios: str) -> None:
    async def test(it: Rig) -> None:
        tell = go_ios(it)
        trust = it.rack.end(it.phone.spec.udid).trust
        trust.untrust()
        first = await tell("ios pair")
        assert first.code == 1
        assert "Please accept the PairingDialog" in first.talk
        trust.tap_trust()
        assert (await tell("ios pair")).code == 0
        assert json.loads((await tell("ios devicename")).out) == {"devicename": "v-16"}

    run(ios, test)


@GO_IOS
@pytest.mark.parametrize("ios", IOS)
def test_go_ios_changes_language_and_locale_and_waits_for_springboard(ios: str) -> None:
    async def test(it: Rig) -> None:
        tell = go_ios(it)
        # SpringBoard takes its time to come back, which has to pass while the client waits for it.
        it.phone.clock.rate = 1.0
        await tell("ios lang --setlang=de --setlocale=de_DE")
        told = json.loads((await tell("ios lang")).out)
        assert (told["Language"], told["Locale"]) == ("de", "de_DE")

    run(ios, test)


@GO_IOS
@pytest.mark.parametrize(
    ("change", "ask", "wanted"),
    [
        ("ios timeformat 12h", "ios timeformat get", {"TimeFormat": "12h"}),
        ("ios assistivetouch enable", "ios assistivetouch get", {"AssistiveTouchEnabled": True}),
        ("ios voiceover enable", "ios voiceover get", {"VoiceOverTouchEnabled": True}),
        ("ios zoom enable", "ios zoom get", {"ZoomTouchEnabled": True}),
    ],
)
def test_go_ios_reads_back_what_it_has_set(change: str, ask: str, wanted: dict[str, object]) -> None:
    async def test(it: Rig) -> None:
        tell = go_ios(it)
        assert json.loads((await tell(ask)).out) != wanted
        assert (await tell(change)).code == 0
        assert json.loads((await tell(ask)).out) == wanted

    run("16.7", test)


@GO_IOS
def test_go_ios_is_told_the_date_of_the_phone() -> None:
    async def test(it: Rig) -> None:
        told = json.loads((await go_ios(it)("ios date")).out)
        assert told["TimeIntervalSince1970"] == pytest.approx(it.phone.clock.now_s)

    run("16.7", test)
