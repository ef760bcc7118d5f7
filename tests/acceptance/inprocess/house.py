"""A stage whose phone and origin are in this process: one phone for each story, new from its box."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from ssl import SSLContext
from unittest.mock import patch

from harness.model.interfaces import Interface
from harness.virtual.apps.sample import SAMPLES
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.nsurlsessiond import inflight
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.specs import udid_of
from harness.virtual.versions.products import build_of
from tests.acceptance.inprocess.oneloop import OneLoop
from tests.acceptance.inprocess.origin import HOST, MemoryOrigin
from tests.acceptance.inprocess.phone import KernelPhone
from tests.acceptance.stage import MODELS, Theatre
from tests.acceptance.variants.apps import APPS

COMMAND_S = 60.0
EPOCH_S = 1_800_000_000.0
"""When every phone is switched on, in its own time: the same for all, so that a seed says everything."""

SILENT_SERVER_S = 0.2
"""Wall seconds after which an origin in this process is silent: its bytes take turns of the loop, no time."""

CELLULAR_HOST = "127.0.0.2"
"""Where the origin sees cellular transfers come from."""

INSTALLED: tuple[AppBundle, ...] = (*SAMPLES, *APPS)
"""The sample apps and their variants."""


class MemoryEgress:
    """Connections of a phone to an origin in this process; implements the kernel's ``Egress``.

    Args:
        origin: the one server that there is.
    """

    def __init__(self, origin: MemoryOrigin) -> None:
        self._origin = origin

    async def dial(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        ssl: SSLContext | None,
        interface: Interface,
    ) -> asyncio.Transport:
        """See ``Egress``."""
        if ssl is not None:
            raise OSError("no TLS is spoken in memory")
        peer = CELLULAR_HOST if interface is Interface.CELLULAR else HOST
        return self._origin.dial(protocol_factory, host, port, peer=peer)


class House:
    """The loop and the origin that all phones of this process share.

    Args:
        loop: runs while somebody waits for it.
        origin: reached without a socket.
    """

    def __init__(self, loop: OneLoop, origin: MemoryOrigin) -> None:
        self._loop = loop
        self._origin = origin

    @contextmanager
    def theatre(self, ios: str, seed: int) -> Generator[Theatre]:
        """A phone of its own, with every sample app and variant on it.

        Args:
            ios: its version, one of ``MODELS``.
            seed: of its timings and identifiers.
        """
        with tempfile.TemporaryDirectory(prefix="ih-", dir=_memory()) as root:
            phone = VirtualPhone(
                _spec(ios, seed), Path(root), apps=INSTALLED, egress=MemoryEgress(self._origin)
            )
            try:
                yield Theatre(self._loop, KernelPhone(phone), self._origin, control="")
            finally:
                self._loop.run(_switch_off(phone), COMMAND_S)


def _memory() -> Path | None:
    """Where files are kept in memory, on hosts that have such a place; ``None`` for the usual one."""
    place = Path("/dev/shm")
    return place if os.access(place, os.W_OK | os.X_OK) else None


def _spec(ios: str, seed: int) -> PhoneSpec:
    name, model = f"v-{ios.partition('.')[0]}", MODELS[ios]
    udid = udid_of(name, seed, model)
    return PhoneSpec(name, udid, ios, model, build_of(ios), seed=seed, clock_rate=0.0, epoch_s=EPOCH_S)


async def _switch_off(phone: VirtualPhone) -> None:
    phone.switch_off()


@contextmanager
def open_house() -> Generator[House]:
    """Start the loop and the origin."""
    with ExitStack() as end:
        loop = end.enter_context(OneLoop())
        end.enter_context(patch.object(inflight, "SILENT_SERVER_S", SILENT_SERVER_S))
        # What is imported by now stays; looking through it again and again takes a tenth of the time.
        if not gc.get_freeze_count():
            gc.freeze()
            end.callback(gc.unfreeze)
        origin = MemoryOrigin()
        loop.run(origin.open_port(), COMMAND_S)
        end.callback(lambda: loop.run(origin.stop(), COMMAND_S))
        yield House(loop, origin)
