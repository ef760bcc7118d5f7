"""A phone that tells what a test has it tell, examined without a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from harness.drivers.pmd3.look import LockdownReading
from harness.drivers.pmd3.power import BatteryEntry, Charge
from harness.drivers.pmd3.signing import SignedApp, SigningCertificate, SigningProfile
from harness.drivers.pmd3.storage import Storage
from harness.drivers.pmd3.timekeeping import ClockOffset
from harness.drivers.pmd3.vitals import Vitals
from harness.farm.health.patient import Patient
from harness.farm.health.result import StageResult
from harness.farm.health.signing import DAY_S
from harness.farm.health.stages import QUICK, Stage, examine
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity

UDID = "00008120-001A2B3C4D5E6F70"
APP = "com.example.app"
NOW_S = 1_800_000_000.0

CERTIFICATE = SigningCertificate("Apple Development: A. Person", NOW_S + 200 * DAY_S)
PROFILE = SigningProfile(
    name="Team Profile",
    uuid="11111111-2222-3333-4444-555555555555",
    app=f"TEAM.{APP}",
    udids=frozenset({UDID}),
    all_phones=False,
    ends_s=NOW_S + 100 * DAY_S,
    certificates=(CERTIFICATE,),
)


class ToldVitals(Vitals):
    """What a phone that is well tells; a test changes what it is about."""

    def __init__(self, identity: PhoneIdentity) -> None:
        super().__init__(identity, None)
        self.told_charge = Charge(80, is_fed=True)
        self.told_battery = BatteryEntry(31.5, 120)
        self.told_storage: Storage | None = Storage(20_000_000_000, 64_000_000_000)
        self.told_offset: ClockOffset | None = ClockOffset(0.12, 0.01)
        self.told_now_s: float | None = NOW_S
        self.told_app: SignedApp | None = SignedApp(CERTIFICATE.name, is_developed=True)
        self.told_profiles: tuple[SigningProfile, ...] = (PROFILE,)

    async def lockdown(self) -> LockdownReading:
        return LockdownReading(trusted=True, locked=False, developer_mode=True)

    async def charge(self) -> Charge:
        return self.told_charge

    async def battery(self) -> BatteryEntry:
        return self.told_battery

    async def storage(self) -> Storage | None:
        return self.told_storage

    async def clock_offset(self, host_s: Callable[[], float] = lambda: NOW_S) -> ClockOffset | None:
        return self.told_offset

    async def now_s(self) -> float | None:
        return self.told_now_s

    async def profiles(self) -> tuple[SigningProfile, ...]:
        return self.told_profiles

    async def signed_app(self, bundle_id: str) -> SignedApp | None:
        return self.told_app


def patient(ios: str = "17.5", udid: str = UDID, hold: Callable[[], str] = lambda: "") -> Patient:
    """A phone on a cable; nothing opens it."""
    identity = PhoneIdentity("desk", udid, ios, "iPhone15,4", Hardware.REAL)
    phone = ReachablePhone(identity, None, "", (Connection.USB,))
    return Patient(phone, APP, hold, host_s=lambda: NOW_S, vitals=ToldVitals(identity))


def looked_at(who: Patient, name: str) -> StageResult:
    """One quick stage of a phone, with nothing that it needs before it."""
    stage: Stage = next(replace(each, needs=()) for each in QUICK if each.name == name)
    return asyncio.run(examine(who, [stage]))[-1]
