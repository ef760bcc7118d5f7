"""Two clients at one phone: pymobiledevice3, and libimobiledevice's C library."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux

from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.judges import clib
from tests.virtual.judges.standing import Standing, standing

T = TypeVar("T")


@dataclass(frozen=True)
class Twins:
    """The phone, and both clients.

    Attributes:
        stand: the rack.
        phone: its only phone.
        python: pymobiledevice3's session.
        c: libimobiledevice's.
        runner: the loop in which pymobiledevice3 works.
    """

    stand: Standing
    phone: VirtualPhone
    python: LockdownClient
    c: clib.Device
    runner: asyncio.Runner

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with pymobiledevice3."""
        return self.runner.run(work)


@contextmanager
def twins(ios: str) -> Generator[Twins]:
    """A phone of a version, and both clients at it."""
    with standing((ios,)) as stand, pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        phone = stand.phone(ios)
        for name, value in stand.environment(prefix="UNIX:").items():
            patch.setenv(name, value)
        opened = create_using_usbmux(serial=phone.spec.udid, usbmux_address=stand.address.usbmux)
        python = runner.run(opened)
        try:
            with clib.device(phone.spec.udid) as c:
                yield Twins(stand, phone, python, c, runner)
        finally:
            runner.run(python.close())


def effort(config: pytest.Config) -> settings:
    """How long a machine runs: as the options say."""
    return settings(
        max_examples=int(str(config.getoption("--machine-examples"))),
        stateful_step_count=int(str(config.getoption("--machine-steps"))),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
