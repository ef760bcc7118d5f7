"""What each test needs of the phones that there are, and why some tests can have none.

Phones go by their names in devices.yaml here: whether a phone would do for a test is known before a virtual
one is started.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pytest

from harness.errors import ConfigError, FarmError, NoSuchDevice
from harness.plugins.options import devices_file, own_entries
from harness.plugins.rundir import Requirement
from harness.plugins.seating import Slots, seat_for

if TYPE_CHECKING:
    from harness.farm.inventory import Inventory
    from harness.model.identity import PhoneIdentity

_FOUND = pytest.StashKey["Inventory"]()

HEADING = "tests that no phone can run"


def requirements_of(config: pytest.Config, items: Iterable[pytest.Item]) -> dict[str, Requirement]:
    """What each test needs, by its pytest name; tests that need no phone are left out."""
    return {item.nodeid: requirement_of(config, item) for item in items if needs_phone(item)}


def needs_phone(item: pytest.Item) -> bool:
    """Whether a test takes a phone."""
    return "leased_phones" in getattr(item, "fixturenames", ())


def requirement_of(config: pytest.Config, item: pytest.Item) -> Requirement:
    """What one test needs; nothing where the test itself is wrong, which is told elsewhere."""
    from harness.plugins.scenarios import tells_a_story

    try:
        slots = candidates_of(config, item)
    except ConfigError:
        return Requirement()
    except FarmError as error:
        # A story of the catalogue that finds no phone is a skip, which its own section tells of.
        told = isinstance(error, NoSuchDevice) and tells_a_story(item)
        return Requirement(why="" if told else str(error))
    names = tuple(tuple(phone.name for phone in slot) for slot in slots)
    kinds = sorted({kind_of(phone) for slot in slots for phone in slot})
    why = _too_few(names)
    return Requirement(() if why else names, tuple(kinds), why)


def _too_few(slots: Slots) -> str:
    everybody = {name for slot in slots for name in slot}
    if seat_for(slots, everybody) is not None:
        return ""
    listed = ", ".join(sorted(everybody))
    return f"{len(slots)} phones are needed at once, and only {listed} would do"


def kind_of(phone: PhoneIdentity) -> str:
    """What a phone has in common with those on which a test takes as long."""
    return f"{phone.hardware.value} iOS {phone.ios_major}"


def candidates_of(config: pytest.Config, item: pytest.Item) -> tuple[tuple[PhoneIdentity, ...], ...]:
    """Per phone that a test needs, those that would do.

    Raises:
        NoSuchDevice: for one of them there can never be any.
        NoDeviceFree: those that would do for one of them are not attached.
    """
    from harness.api.needs import new_enough
    from harness.plugins.devices import choices_of
    from harness.plugins.scenarios import needs_for

    inventory, needs = _inventory(config), needs_for(item)
    found: list[tuple[PhoneIdentity, ...]] = []
    for choice in choices_of(item):
        some = [phone for wanted in choice.wanted for phone in inventory.candidates(wanted)]
        found.append(new_enough(tuple(dict.fromkeys(some)), needs))
    return tuple(found)


def _inventory(config: pytest.Config) -> Inventory:
    from harness.farm.inventory import Inventory
    from harness.plugins.attached import attached

    if _FOUND not in config.stash:
        file = devices_file(config)
        seen = attached(config)
        there = [phone.identity for phone in seen.phones]
        config.stash[_FOUND] = Inventory.of(file, [*_to_start(config), *there], None, seen.silent)
    return config.stash[_FOUND]


def _to_start(config: pytest.Config) -> list[PhoneIdentity]:
    """The virtual phones that are started here once a test wants one."""
    from harness.model.identity import Hardware, PhoneIdentity

    return [
        PhoneIdentity(entry.name, entry.name, entry.virtual.ios, entry.virtual.model, Hardware.VIRTUAL)
        for entry in own_entries(config)
        if entry.virtual is not None
    ]


def why_not(needs: Mapping[str, Requirement]) -> list[str]:
    """Lines that say which tests no phone can run, and for each phone why not; none when there are none."""
    by_reason: dict[str, list[str]] = {}
    for nodeid, need in needs.items():
        if need.why:
            by_reason.setdefault(need.why, []).append(nodeid)
    lines = [f"{HEADING}; each ends in an error at once:"] if by_reason else []
    for why, tests in by_reason.items():
        lines += [f"  {test}" for test in tests] + _indented(why)
    return lines


def _indented(why: str) -> list[str]:
    return [f"    {line}" for line in why.splitlines()]
