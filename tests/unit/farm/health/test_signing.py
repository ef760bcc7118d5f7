"""How long an app may still run, from the profiles and certificates on the phone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.drivers.pmd3.signing import SignedApp, SigningCertificate, SigningProfile
from harness.drivers.ui.ways import UiWay
from harness.farm.health.result import Health, StageResult
from harness.farm.health.signing import DAY_S, best_of, first_to_end
from tests.unit.farm.health.told import APP, CERTIFICATE, NOW_S, PROFILE, UDID, ToldVitals, looked_at, patient

OTHER_PHONE = frozenset({"00008120-000000000000AAAA"})


def _of(*profiles: SigningProfile, app: SignedApp | None = None) -> StageResult:
    who = patient()
    assert isinstance(who.vitals, ToldVitals)
    who.vitals.told_profiles = profiles
    who.vitals.told_app = app or who.vitals.told_app
    return looked_at(who, "app signing")


def _ending(days: float) -> SigningProfile:
    return replace(PROFILE, ends_s=NOW_S + days * DAY_S)


@pytest.mark.parametrize(
    ("days", "health"),
    [(14.5, Health.OK), (13.5, Health.WARNING), (0.1, Health.WARNING), (-0.1, Health.FAILED)],
)
def test_two_weeks_before_its_end_a_profile_is_warned_about(days: float, health: Health) -> None:
    result = _of(_ending(days))
    assert result.health is health
    assert bool(result.fix) is (health is not Health.OK)


def test_what_is_left_and_what_is_over_is_told_in_days() -> None:
    assert _of(_ending(3)).detail == "the profile 'Team Profile' has 3 days left"
    assert _of(_ending(-2)).detail == "the profile 'Team Profile' ended 2 days ago"


def test_a_profile_without_this_phone_says_which_phone_to_add() -> None:
    result = _of(replace(PROFILE, udids=OTHER_PHONE))
    assert (result.health, result.detail) == (
        Health.FAILED,
        "'Team Profile' does not name this phone; it names 1",
    )
    assert UDID in result.fix


def test_an_app_that_no_profile_is_for_cannot_run() -> None:
    result = _of(replace(PROFILE, app="TEAM.com.example.other"))
    assert (result.health, result.detail) == (Health.FAILED, f"no profile on it is for {APP}")


def test_an_app_from_the_store_needs_no_profile() -> None:
    assert (
        _of(app=SignedApp("Apple iPhone OS Application Signing", is_developed=False)).health
        is Health.NOT_NEEDED
    )


def test_an_app_that_is_not_there_is_not_a_matter_of_its_signature() -> None:
    who = patient()
    assert isinstance(who.vitals, ToldVitals)
    who.vitals.told_app = None
    result = looked_at(who, "app signing")
    assert (result.health, result.detail) == (Health.NOT_TRIED, f"{APP} is not installed")


def test_of_several_profiles_the_one_for_this_phone_that_lasts_longest_counts() -> None:
    elsewhere = replace(_ending(300), udids=OTHER_PHONE)
    assert best_of([_ending(3), elsewhere, _ending(30)], UDID) == _ending(30)
    assert best_of([elsewhere], UDID) == elsewhere
    assert best_of([], UDID) is None


def test_a_certificate_that_ends_before_its_profile_counts() -> None:
    ending = replace(CERTIFICATE, ends_s=NOW_S + 5 * DAY_S)
    what, ends_s = first_to_end(replace(PROFILE, certificates=(ending,)), CERTIFICATE.name)
    assert (what, ends_s) == (f"the certificate {CERTIFICATE.name!r}", ending.ends_s)


def test_the_certificate_of_somebody_else_in_the_team_does_not_count() -> None:
    another = SigningCertificate("Apple Development: B. Person", NOW_S + DAY_S)
    profile = replace(PROFILE, certificates=(another, CERTIFICATE))
    assert first_to_end(profile, CERTIFICATE.name) == (f"the profile {PROFILE.name!r}", PROFILE.ends_s)


@pytest.mark.parametrize(
    ("app", "fits"),
    [(f"TEAM.{APP}", True), ("TEAM.*", True), ("TEAM.com.example.*", True), ("TEAM.com.exam", False)],
)
def test_a_profile_is_for_one_app_or_for_all_that_begin_so(app: str, fits: bool) -> None:
    assert replace(PROFILE, app=app).is_for_app(APP) is fits


def test_a_profile_for_any_phone_is_for_this_one() -> None:
    assert replace(PROFILE, udids=frozenset(), all_phones=True).is_for_phone(UDID)


def test_the_runner_is_looked_at_where_one_is_started_from_here() -> None:
    who = patient()
    assert looked_at(who, "runner signing").health is Health.NOT_TRIED
    who = patient()
    who.ui = UiWay(runner=APP)
    assert looked_at(who, "runner signing").health is Health.OK
    who = patient()
    who.ui = UiWay(wda_url="http://10.0.0.2:8100")
    assert looked_at(who, "runner signing").health is Health.NOT_TRIED
