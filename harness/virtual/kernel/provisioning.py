"""The provisioning profiles of one phone: which of developers' apps may run on it, and until when.

Theory. Whoever builds an app for their own phones signs it with a certificate, and puts a profile into it
that names app, phones, certificates and its last day. installd takes that profile over, and misagent lists it
with those that computers have brought. Source: Apple's technical note on provisioning profiles (TN3125).
Guessed: that an app's own profile goes with the app. Invented: team, names and days of those that apps here
bring; and that somebody signs them anew all the time, so that none ends of itself on a phone whose clock runs
ahead of everybody's.

Without a profile that holds, nobody starts the app any more, neither a person nor a tool; a certificate that
has ended counts as its profile's end. Guessed: that an app is woken in the background all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import VirtualClock
    from harness.virtual.kernel.installed import AppBundle, InstalledApps

TEAM = "VIRTUAL000"
SIGNER = f"Apple Development: Virtual ({TEAM})"
"""Who has signed every app of a virtual phone that is signed for developers."""

DAY_S = 86_400.0
AGE_DAYS, YEAR_DAYS = 30, 365
"""How old a profile is while nothing befalls it, and how long one lasts with a paid account."""


class NoSuchProvisioningProfile(HarnessError):
    """No profile of that identifier is on the phone, or no profile is for that app."""


@dataclass(frozen=True)
class AppProfile:
    """A profile that came with an app.

    Attributes:
        uuid: what it is known by; upper case is not kept by computers, so it is lower case.
        name: as people see it.
        bundle_id: the app that it is for.
        udids: the phones that it is for.
        created_s: when it was made, seconds since 1970.
        ends_s: when it ends.
        certificate_ends_s: when the certificate in it ends.
    """

    uuid: str
    name: str
    bundle_id: str
    udids: tuple[str, ...]
    created_s: float
    ends_s: float
    certificate_ends_s: float


@dataclass(frozen=True)
class BroughtProfile:
    """A profile that a computer has brought, and that is for this phone.

    Attributes:
        document: as it came.
        app: the bundle identifier that it is for, or what those begin with and a ``*``; empty for none.
        ends_s: when it ends, seconds since 1970.
    """

    document: bytes
    app: str
    ends_s: float

    def is_for_app(self, bundle_id: str) -> bool:
        """Whether it is for an app."""
        if self.app.endswith("*"):
            return bundle_id.startswith(self.app[:-1])
        return bundle_id == self.app


class Provisioning:
    """The provisioning profiles of one phone.

    Args:
        udid: the phone, which the profiles of its apps are for.
        clock: its clock.
        apps: what is installed on it.
    """

    def __init__(self, udid: str, clock: VirtualClock, apps: InstalledApps) -> None:
        self._udid = udid
        self._clock = clock
        self._apps = apps
        self._changed: dict[str, AppProfile] = {}
        self._taken_away: set[str] = set()
        self._brought: dict[str, BroughtProfile] = {}
        apps.on_removed.add(self.forget)

    def of_apps(self) -> tuple[AppProfile, ...]:
        """Those that came with the apps that developers have signed, in the order of installation."""
        developed = [app for app in self._apps if app.debuggable and app.bundle_id not in self._taken_away]
        return tuple(self._profile(app) for app in developed)

    def brought(self) -> tuple[bytes, ...]:
        """Those that computers have brought, as they came."""
        return tuple(each.document for each in self._brought.values())

    def bring(self, uuid: str, profile: BroughtProfile) -> None:
        """Take one that a computer brings; another one of the same identifier takes its place."""
        self._brought[uuid] = profile

    def lets_start(self, app: AppBundle) -> bool:
        """Whether the phone starts an app; one that is not signed for developers' phones needs no profile."""
        if not app.debuggable or self._own_holds(app):
            return True
        now_s = self._clock.now_s
        return any(each.is_for_app(app.bundle_id) and now_s < each.ends_s for each in self._brought.values())

    def remove(self, uuid: str) -> None:
        """Take a profile away.

        Raises:
            NoSuchProvisioningProfile: it is not there.
        """
        if self._brought.pop(uuid, None) is not None:
            return
        profile = next((each for each in self.of_apps() if each.uuid == uuid), None)
        if profile is None:
            raise NoSuchProvisioningProfile(f"There is no profile {uuid}")
        self._taken_away.add(profile.bundle_id)

    def forget(self, bundle_id: str) -> None:
        """Forget what an app has brought: it went, or it is installed anew and brings a profile of today."""
        self._changed.pop(bundle_id, None)
        self._taken_away.discard(bundle_id)

    # What a developer, or time, has done to the profile of an app.

    def end_in(self, bundle_id: str, days: float) -> None:
        """Have an app's profile end in so many days of the phone's time; it has ended for less than none.

        Raises:
            NoSuchProvisioningProfile: the app has none.
        """
        self._change(replace(self._of(bundle_id), ends_s=self._in(days)))

    def end_certificate_in(self, bundle_id: str, days: float) -> None:
        """Have the certificate in an app's profile end in so many days; raises as ``end_in``."""
        self._change(replace(self._of(bundle_id), certificate_ends_s=self._in(days)))

    def make_for(self, bundle_id: str, udids: Sequence[str]) -> None:
        """Have an app's profile be for these phones and no others; raises as ``end_in``."""
        self._change(replace(self._of(bundle_id), udids=tuple(udids)))

    def _own_holds(self, app: AppBundle) -> bool:
        """Whether the profile that came with an app is there, for this phone, and has not ended."""
        own = self._profile(app)
        is_there = app.bundle_id not in self._taken_away and self._udid in own.udids
        return is_there and self._clock.now_s < min(own.ends_s, own.certificate_ends_s)

    def _of(self, bundle_id: str) -> AppProfile:
        for profile in self.of_apps():
            if profile.bundle_id == bundle_id:
                return profile
        raise NoSuchProvisioningProfile(f"No profile on the phone is for {bundle_id}")

    def _change(self, profile: AppProfile) -> None:
        self._changed[profile.bundle_id] = profile

    def _in(self, days: float) -> float:
        return self._clock.now_s + days * DAY_S

    def _profile(self, app: AppBundle) -> AppProfile:
        return self._changed.get(app.bundle_id) or self._well(app.bundle_id)

    def _well(self, bundle_id: str) -> AppProfile:
        """The profile of an app that nothing has befallen; the same for the whole of a day."""
        # Noon, so that it has as many days left, in whole ones, from morning to night.
        noon_s = (self._clock.now_s // DAY_S + 0.5) * DAY_S
        ends_s = noon_s + (YEAR_DAYS - AGE_DAYS) * DAY_S
        return AppProfile(
            uuid=_uuid(f"{self._udid} {bundle_id}"),
            name=f"iOS Team Provisioning Profile: {bundle_id}",
            bundle_id=bundle_id,
            udids=(self._udid,),
            created_s=noon_s - AGE_DAYS * DAY_S,
            ends_s=ends_s,
            certificate_ends_s=ends_s,
        )


def _uuid(text: str) -> str:
    digest = hashlib.sha256(f"profile {text}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
