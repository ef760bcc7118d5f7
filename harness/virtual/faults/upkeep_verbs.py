"""What befalls a phone that nobody looks after: full storage, a wrong clock, signatures that run out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from harness.virtual.faults.target import Target, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind
from harness.virtual.kernel.provisioning import NoSuchProvisioningProfile, Provisioning
from harness.virtual.kernel.storage import DATA_BYTES

MB = 1_000_000
MOST_DAYS = 3650
MOST_OFF_S = 10**8

ANOTHER_PHONE = "00008120-000000000000000E"
"""UDID of a phone that is nobody's."""

_BUNDLE = Argument("bundle", Kind.BUNDLE)
_DAYS = Argument("days", Kind.COUNT, least=-MOST_DAYS, most=MOST_DAYS)

UPKEEP_VERBS: tuple[Verb, ...] = (
    Verb(
        "storage",
        "Leave so much storage for apps and their data.",
        lambda on, given: on.phone.storage.leave(given.count("free_mb") * MB),
        (Argument("free_mb", Kind.COUNT, most=DATA_BYTES // MB),),
    ),
    Verb(
        "clock",
        "Set the phone's clock forward by so many seconds, or back by less than none.",
        lambda on, given: on.phone.clock.set_forward(given.count("by_s")),
        (Argument("by_s", Kind.COUNT, least=-MOST_OFF_S, most=MOST_OFF_S),),
    ),
    Verb(
        "profile ends",
        "Have the provisioning profile of an app end in so many days; less than none for one that has ended.",
        lambda on, given: _end_profile(on, given),
        (_BUNDLE, _DAYS),
    ),
    Verb(
        "profile for-phone",
        "Have the provisioning profile of an app name this phone, or another one instead.",
        lambda on, given: _name_phone(on, given),
        (_BUNDLE, Argument("switch", Kind.SWITCH)),
    ),
    Verb(
        "certificate ends",
        "Have the certificate that an app is signed with end in so many days, or have ended.",
        lambda on, given: _end_certificate(on, given),
        (_BUNDLE, _DAYS),
    ),
)
"""By what is written first."""


@contextmanager
def _with_a_profile(on: Target) -> Generator[Provisioning]:
    """The phone's profiles; who has none to change is told which apps have one."""
    try:
        yield on.phone.provisioning
    except NoSuchProvisioningProfile as error:
        having = ", ".join(profile.bundle_id for profile in on.phone.provisioning.of_apps()) or "none"
        raise FaultRefused(str(error), phone=on.name, fix=f"Apps with one: {having}") from error


def _end_profile(on: Target, given: Given) -> None:
    with _with_a_profile(on) as profiles:
        profiles.end_in(given.text("bundle"), given.count("days"))


def _end_certificate(on: Target, given: Given) -> None:
    with _with_a_profile(on) as profiles:
        profiles.end_certificate_in(given.text("bundle"), given.count("days"))


def _name_phone(on: Target, given: Given) -> None:
    named = on.end.udid if given.switch("switch") else ANOTHER_PHONE
    with _with_a_profile(on) as profiles:
        profiles.make_for(given.text("bundle"), [named])
