"""Conditions that a developer tool puts the phone into: a slow network, a hot case.

One at a time for the whole phone, and only for as long as the connection that asked for it is there.
Source: background-execution.md §2.5. Whatever the phone's transfers go by obeys the network profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.virtual.kernel.conditions import Conditions, Thermal
from harness.virtual.kernel.network.link import Link, LinkSpeed
from harness.virtual.kernel.subscription import Subscribers, Subscription

NETWORK = "SlowNetworkCondition"
THERMAL = "ThermalCondition"


class NoSuchCondition(HarnessError):
    """The phone has no condition, or no profile, of that identifier."""


class ConditionActive(HarnessError):
    """Another condition is active already."""


@dataclass(frozen=True)
class Profile:
    """One setting of a condition.

    Attributes:
        identifier: as clients ask for it.
        name: for people.
        description: for people, with figures.
        link: what a network condition does to the phone's links.
        thermal: the state that a thermal condition brings about.
    """

    identifier: str
    name: str
    description: str
    link: Link | None = None
    thermal: Thermal | None = None


def _link(identifier: str, name: str, down: LinkSpeed, up: LinkSpeed) -> Profile:
    description = f"Name: {name}\n{down.text('Downlink')}\n{up.text('Uplink')}"
    return Profile(f"SlowNetwork{identifier}", name, description, Link(down, up))


# The identifiers and the form of the descriptions: public clients. The figures of 100% loss, very bad
# network, Edge, 3G, LTE, Wi-Fi, DSL: presets of Apple's Network Link Conditioner, from memory. The
# others are guessed.
_LINKS = (
    _link("100PctLoss", "100% packet loss", LinkSpeed(0, 0, 100), LinkSpeed(0, 0, 100)),
    _link("VeryBadNetwork", "Very poor network", LinkSpeed(1_000, 500, 10), LinkSpeed(1_000, 500, 10)),
    _link("EdgeBad", "Edge network - bad", LinkSpeed(50, 600, 5), LinkSpeed(50, 600, 5)),
    _link("EdgeAverage", "Edge network - average", LinkSpeed(150, 500, 1), LinkSpeed(100, 500, 1)),
    _link("EdgeGood", "Edge network - good", LinkSpeed(200, 400), LinkSpeed(150, 400)),
    _link("Edge", "Edge network", LinkSpeed(240, 400), LinkSpeed(200, 440)),
    _link("2GRural", "2G network - rural", LinkSpeed(20, 650, 2), LinkSpeed(18, 650, 2)),
    _link("2GUrban", "2G network - urban", LinkSpeed(35, 650), LinkSpeed(32, 650)),
    _link("3GAverage", "3G network - average", LinkSpeed(780, 100), LinkSpeed(330, 100)),
    _link("3GGood", "3G Network - good", LinkSpeed(850, 90), LinkSpeed(420, 90)),
    _link("3G", "3G network", LinkSpeed(780, 100), LinkSpeed(330, 100)),
    _link("LTE", "LTE network", LinkSpeed(50_000, 50), LinkSpeed(10_000, 65)),
    _link("WiFi", "Wi-Fi network", LinkSpeed(40_000, 1), LinkSpeed(33_000, 1)),
    _link("WiFi80211AC", "Wi-Fi network 802.11ac", LinkSpeed(250_000, 1), LinkSpeed(100_000, 1)),
    _link("DSL", "DSL network", LinkSpeed(2_000, 5), LinkSpeed(256, 5)),
    _link("HighLatencyDNS", "High latency DNS", LinkSpeed(None, 0), LinkSpeed(None, 0)),
)
_HEATS = (
    Profile("ThermalFair", "Fair", "Thermal state fair: slightly elevated.", thermal=Thermal.FAIR),
    Profile("ThermalSerious", "Serious", "Thermal state serious: high.", thermal=Thermal.SERIOUS),
    Profile("ThermalCritical", "Critical", "Thermal state critical: very high.", thermal=Thermal.CRITICAL),
)


@dataclass(frozen=True)
class Condition:
    """A kind of condition with its settings.

    Attributes:
        identifier: as clients ask for it.
        name: for people.
        profiles: identifier -> setting, in the order in which the phone lists them.
        destructive: whether the phone warns of it.
    """

    identifier: str
    name: str
    profiles: Mapping[str, Profile]
    destructive: bool = False


CONDITIONS: Mapping[str, Condition] = {
    NETWORK: Condition(NETWORK, "Network Link", {one.identifier: one for one in _LINKS}),
    THERMAL: Condition(THERMAL, "Thermal Condition", {one.identifier: one for one in _HEATS}),
}
"""Identifier -> condition. Phones have more, for GPU and others, of which nothing here would be true."""


@dataclass(frozen=True)
class Induced:
    """The condition that is active.

    Attributes:
        condition: its kind.
        profile: its setting.
        owner: who asked for it.
    """

    condition: Condition
    profile: Profile
    owner: object


class InducedConditions:
    """What tools have put one phone into.

    Args:
        conditions: the phone's own, where an induced heat shows.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._before = conditions.thermal
        self._active: Induced | None = None
        self._observers: Subscribers[Induced | None] = Subscribers()

    @property
    def active(self) -> Induced | None:
        """What is active now."""
        return self._active

    @property
    def link(self) -> Link | None:
        """What the active condition does to the phone's links, or ``None`` for nothing."""
        return self._active.profile.link if self._active is not None else None

    def observe(self, callback: Callable[[Induced | None], None]) -> Subscription:
        """Tell ``callback`` what is active after every change."""
        return self._observers.add(callback)

    def enable(self, condition_id: str, profile_id: str, owner: object) -> None:
        """Put the phone into a condition.

        Raises:
            NoSuchCondition: there is no such condition or profile.
            ConditionActive: there is one already. Source: public clients.
        """
        condition = CONDITIONS.get(condition_id)
        profile = condition.profiles.get(profile_id) if condition is not None else None
        if condition is None or profile is None:
            raise NoSuchCondition(f"No condition {condition_id} with a profile {profile_id}")
        if self._active is not None:
            raise ConditionActive(f"{self._active.profile.identifier} is active already")
        self._become(Induced(condition, profile, owner))

    def disable(self) -> None:
        """Take back what is active; nothing active is no error."""
        if self._active is not None:
            self._become(None)

    def disable_if_of(self, owner: object) -> None:
        """As ``disable``, but only what that owner asked for."""
        if self._active is not None and self._active.owner is owner:
            self._become(None)

    def _become(self, induced: Induced | None) -> None:
        before, self._active = self._active, induced
        if induced is not None and induced.profile.thermal is not None:
            self._before = self._conditions.thermal
            self._conditions.heat(induced.profile.thermal)
        elif before is not None and before.profile.thermal is not None:
            self._conditions.heat(self._before)
        self._observers.tell(induced)
