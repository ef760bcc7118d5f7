"""Stages of what lets a phone run the app and the runner: provisioning profiles and certificates.

Of several profiles for one app the phone does not tell which it takes, so the one that lasts longest and is
for this phone is looked at: as long as that one lasts, one lasts. The certificate is that of the app's own
signer, where the profile has it; its end ends the app as the profile's does. Days are counted by the phone's
clock, as the phone does.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.drivers.pmd3.signing import SigningProfile
from harness.farm.health.limits import SOON_DAYS
from harness.farm.health.patient import NO_SCREEN_FIX, Patient
from harness.farm.health.result import NotNeeded, NotTried, Unfit, Warned

DAY_S = 86_400.0

_SIGN_ANEW = (
    "Sign {bundle} anew and install it; with a paid account a profile lasts a year, with a free one 7 days."
)
_ADD_PHONE = "Add {udid} to the team's devices, make the profile anew, sign {bundle} with it and install it."


async def app_signing(patient: Patient) -> str:
    """The app under test may run for a while yet."""
    return await _signing(patient, patient.app)


async def runner_signing(patient: Patient) -> str:
    """The WebDriverAgent runner may run for a while yet."""
    if patient.ui is None or patient.ui.wda_url is not None:
        raise NotTried("no runner is started on it from here", NO_SCREEN_FIX)
    return await _signing(patient, patient.ui.runner)


async def _signing(patient: Patient, bundle_id: str) -> str:
    app = await patient.look().signed_app(bundle_id)
    if app is None:
        # Another stage's failure: who tests may well be about to install it.
        raise NotTried(f"{bundle_id} is not installed")
    if not app.is_developed:
        raise NotNeeded(f"{bundle_id} is not signed for developers' phones, and needs no profile")
    ours = [each for each in await patient.profiles() if each.is_for_app(bundle_id)]
    profile = _usable(patient, bundle_id, best_of(ours, patient.identity.udid))
    what, ends_s = first_to_end(profile, app.signer)
    now_s = await patient.look().now_s() or patient.host_s()
    return _judge(patient, bundle_id, what, (ends_s - now_s) / DAY_S)


def best_of(profiles: Iterable[SigningProfile], udid: str) -> SigningProfile | None:
    """The profile that lasts longest of those for a phone, or else of all; ``None`` of none."""
    return max(profiles, key=lambda each: (each.is_for_phone(udid), each.ends_s), default=None)


def _usable(patient: Patient, bundle_id: str, profile: SigningProfile | None) -> SigningProfile:
    udid = patient.identity.udid
    if profile is None:
        fix = _SIGN_ANEW.format(bundle=bundle_id)
        raise Unfit(f"no profile on it is for {bundle_id}", phone=patient.name, fix=fix)
    if not profile.is_for_phone(udid):
        what = f"{profile.name!r} does not name this phone; it names {len(profile.udids)}"
        raise Unfit(what, phone=patient.name, fix=_ADD_PHONE.format(udid=udid, bundle=bundle_id))
    return profile


def _judge(patient: Patient, bundle_id: str, what: str, left_days: float) -> str:
    if left_days <= 0:
        ended = f"{what} ended {-left_days:.0f} days ago"
        raise Unfit(ended, phone=patient.name, fix=_SIGN_ANEW.format(bundle=bundle_id))
    found = f"{what} has {left_days:.0f} days left"
    if left_days < SOON_DAYS.value:
        raise Warned(found, _SIGN_ANEW.format(bundle=bundle_id))
    return found


def first_to_end(profile: SigningProfile, signer: str) -> tuple[str, float]:
    """What ends first, the profile or the signer's certificate in it, and when, seconds since 1970.

    A certificate counts by its best namesake, and all of the profile's where the signer is not among them.
    """
    named = [each for each in profile.certificates if each.name == signer]
    certificate = max(named or profile.certificates, key=lambda each: each.ends_s, default=None)
    if certificate is not None and certificate.ends_s < profile.ends_s:
        return f"the certificate {certificate.name!r}", certificate.ends_s
    return f"the profile {profile.name!r}", profile.ends_s
