"""The phones that are attached, or served by agents, looked up once for a run: by the controller for all.

A test that is made for each iOS version has to be made alike in every worker, so no worker looks for
itself when its controller has looked.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugins.options import devices_file, own_entries

if TYPE_CHECKING:
    from harness.errors import HarnessError
    from harness.farm.reach import ReachablePhone

ATTACHED_INPUT = "harness_attached"
"""Key in xdist's ``workerinput`` under which a worker finds what its controller has seen."""


@dataclass(frozen=True)
class AttachedPhones:
    """What was found at this host's own usbmuxd, and what agents tell of theirs.

    Attributes:
        phones: those that said who they are; first those that agents serve.
        silent: UDID or name -> why another one cannot be reached.
    """

    phones: tuple[ReachablePhone, ...]
    silent: dict[str, str]

    def to_json(self) -> str:
        """One line, for a worker."""
        phones = [asdict(phone) for phone in self.phones]
        return json.dumps({"phones": phones, "silent": self.silent})


ATTACHED = pytest.StashKey[AttachedPhones]()


def attached(config: pytest.Config) -> AttachedPhones:
    """The phones that can be reached, as this run saw them first, but for the virtual ones that it starts.

    Raises:
        ConfigError: the state directory cannot be used.
        FarmError: which phones agents serve cannot be asked.
    """
    if ATTACHED not in config.stash:
        told: dict[str, str] = getattr(config, "workerinput", {})
        config.stash[ATTACHED] = _parse(told[ATTACHED_INPUT]) if ATTACHED_INPUT in told else _look(config)
    return config.stash[ATTACHED]


def _look(config: pytest.Config) -> AttachedPhones:
    served, unserved = _served(config)
    if all(entry.virtual for entry in own_entries(config)):
        return AttachedPhones(served, unserved)
    from harness.farm.reach import attached_phones

    found = asyncio.run(attached_phones())
    silent = {problem.phone or "": _in_words(problem) for problem in found.problems}
    return AttachedPhones((*served, *found.phones), unserved | silent)


def _served(config: pytest.Config) -> tuple[tuple[ReachablePhone, ...], dict[str, str]]:
    """The phones of other hosts, as their agents tell of them, and why the others cannot be had."""
    own = {entry.name for entry in own_entries(config)}
    others = [entry for entry in devices_file(config).devices if entry.name not in own]
    if not others:
        return (), {}
    from harness.farm.leases.store import LeaseStore
    from harness.farm.reach import ReachablePhone

    store = LeaseStore.of(devices_file(config).store)
    try:
        told = store.published()
    finally:
        store.close()
    hosts = {entry.host for entry in others}
    phones = [ReachablePhone(one.identity, None, one.clock, one.ways) for one in told if one.host in hosts]
    serving = {one.host for one in told}
    silent = {entry.name: f"no agent serves {entry.host}" for entry in others if entry.host not in serving}
    return tuple(phones), silent


def _in_words(problem: HarnessError) -> str:
    return f"{problem.what}. {problem.fix}" if problem.fix else problem.what


def _parse(text: str) -> AttachedPhones:
    from harness.farm.reach import ReachablePhone
    from harness.model.identity import Connection, Hardware, PhoneIdentity

    def phone(fields: dict[str, Any]) -> ReachablePhone:
        who = fields["identity"]
        identity = PhoneIdentity(**who | {"hardware": Hardware(who["hardware"])})
        ways = tuple(Connection(way) for way in fields["ways"])
        return ReachablePhone(identity, fields["usbmux"], fields["clock"], ways)

    told = json.loads(text)
    phones = tuple(phone(fields) for fields in told["phones"])
    return AttachedPhones(phones, told["silent"])
