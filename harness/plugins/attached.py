"""The real phones that are attached, looked up once for a run: by the controller for all its workers.

A test that is made for each iOS version has to be made alike in every worker, so no worker looks for
itself when its controller has looked.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugins.options import devices_file

if TYPE_CHECKING:
    from harness.errors import HarnessError
    from harness.farm.reach import ReachablePhone

ATTACHED_INPUT = "harness_attached"
"""Key in xdist's ``workerinput`` under which a worker finds what its controller has seen."""


@dataclass(frozen=True)
class AttachedPhones:
    """What was found at this host's own usbmuxd.

    Attributes:
        phones: those that said who they are.
        silent: UDID -> why another one did not.
    """

    phones: tuple[ReachablePhone, ...]
    silent: dict[str, str]

    def to_json(self) -> str:
        """One line, for a worker."""
        return json.dumps({"phones": [asdict(phone) for phone in self.phones], "silent": self.silent})


ATTACHED = pytest.StashKey[AttachedPhones]()


def attached(config: pytest.Config) -> AttachedPhones:
    """The phones that are attached, as this run saw them first; none when devices.yaml names no real one.

    Raises:
        ConfigError: the state directory cannot be used.
    """
    if ATTACHED not in config.stash:
        told: dict[str, str] = getattr(config, "workerinput", {})
        config.stash[ATTACHED] = _parse(told[ATTACHED_INPUT]) if ATTACHED_INPUT in told else _look(config)
    return config.stash[ATTACHED]


def _look(config: pytest.Config) -> AttachedPhones:
    if not devices_file(config).real:
        return AttachedPhones((), {})
    from harness.farm.reach import attached_phones

    found = asyncio.run(attached_phones())
    silent = {problem.phone or "": _in_words(problem) for problem in found.problems}
    return AttachedPhones(found.phones, silent)


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
    return AttachedPhones(tuple(phone(fields) for fields in told["phones"]), told["silent"])
