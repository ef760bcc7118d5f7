"""A client that vanishes at any byte leaves the phone usable by the next.

``--fuzz-frames`` also says at how many bytes: of what the client says to a service, a third of that number,
spread over all of it; of what crosses the cable each way, a hundredth.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

import pytest

from harness.virtual import rack
from harness.virtual.faults.bench import FaultBench
from harness.virtual.services.table import ROWS
from harness.virtual.transport.cable import Cable, Toward
from harness.virtual.transport.offers import ServiceOffer
from harness.virtual.transport.stream import READ_LIMIT_BYTES, Stream
from tests.faults.bench import Footprint, complaints, footprint, settle
from tests.faults.memory import Ending, MemoryStream
from tests.faults.sessions import NEW_NAME, NEW_VERSION, SESSIONS, Session
from tests.virtual.rig import APP, Rig, rig, until

WITHIN_S = 5.0
"""Wall seconds in which a client whose phone is gone has noticed."""

KEPT = "kept"
"""Name and content of a file of the app that nobody touches."""


def spread(most: int, count: int) -> Iterable[int]:
    """At most ``count`` numbers from 0 to ``most``, both of them and every one between if they are so few."""
    step = max(1, -(-most // max(count, 1)))
    return sorted({*range(0, most, step), most})


def _count(request: pytest.FixtureRequest, divisor: int) -> int:
    count = request.config.getoption("--fuzz-frames")
    assert isinstance(count, int)
    return max(1, count // divisor)


async def _quiet(it: Rig) -> None:
    """Let what has been closed come to its end."""
    for _ in range(100):
        await asyncio.sleep(0)
    await until(lambda: not it.phone.clock.held)
    await settle(it.phone)


def _is_as_it_should_be(it: Rig, before: Footprint) -> None:
    assert footprint(it.phone) == before
    assert not it.phone.location.simulated
    _app_is_whole(it)


def _app_is_whole(it: Rig) -> None:
    """An install that was interrupted leaves the old app, or it was none."""
    app = it.phone.apps.get(APP.bundle_id)
    assert app is not None
    assert (app.version, app.name) in ((APP.version, APP.name), (NEW_VERSION, NEW_NAME))
    assert (it.phone.containers.path(APP.bundle_id) / KEPT).read_text() == KEPT


# Through the cable.


async def _vanishes(it: Rig, session: Session, cable: Cable, toward: Toward, at_bytes: int) -> None:
    """Have a client do it with a cable that is cut at a byte, and put the cable in again."""
    bench = FaultBench(it.rack)
    bench.ask({"do": "cut-cable", "after_bytes": at_bytes, "toward": toward.value})
    acting = asyncio.ensure_future(session.act(it))
    await asyncio.wait({acting}, timeout=WITHIN_S)
    if not acting.done():
        acting.cancel()
    # Whatever the client says of it is its own affair.
    await asyncio.wait({acting})
    _ = acting.cancelled() or acting.exception()
    cable.forget_marks()
    it.rack.plug_in(it.phone.spec.udid)


LEFT_BY_THE_CLIENT = (
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed transport <_SelectorSocketTransport:ResourceWarning"),
    # A socket without an address is one of a pair; all of the phone's have one.
    pytest.mark.filterwarnings(
        r"ignore:unclosed <socket\.socket fd=\d+, family=1, type=1, proto=0>:ResourceWarning"
    ),
)
"""The pair that pymobiledevice3's tunnel dialled in this process stays open when its cable has gone."""


@pytest.mark.parametrize("toward", Toward)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=LEFT_BY_THE_CLIENT) if name == "tunnel" else name for name in SESSIONS],
)
def test_a_cable_that_is_cut_at_any_byte_leaves_the_phone_to_the_next_client(
    name: str, toward: Toward, request: pytest.FixtureRequest
) -> None:
    session = SESSIONS[name]

    async def main() -> None:
        async with rig(session.ios) as it:
            cable = it.rack.end(it.phone.spec.udid).cable
            (it.phone.containers.path(APP.bundle_id) / KEPT).write_text(KEPT)
            await session.act(it)
            await _quiet(it)
            start_bytes = cable.crossed_bytes(toward)
            await session.act(it)
            await _quiet(it)
            all_bytes = cable.crossed_bytes(toward) - start_bytes
            before = footprint(it.phone)
            with complaints() as heard:
                for at_bytes in spread(all_bytes - 1, _count(request, 100)):
                    it.phone.install(APP)
                    await _vanishes(it, session, cable, toward, at_bytes)
                    await _quiet(it)
                    _app_is_whole(it)
                    assert not heard.found, f"byte {at_bytes}: {heard.found}"
                    await session.act(it)
                await _quiet(it)
                assert not heard.found
            _is_as_it_should_be(it, before)

    asyncio.run(main())
    # What a client has left behind is collected here, and not in the midst of another test.
    gc.collect()


# Service by service, in what a client said to it.


@dataclass
class Recording:
    """What a real client said.

    Attributes:
        said: name of a service -> the bytes of each connection to it.
    """

    said: list[tuple[str, bytearray]] = field(default_factory=list[tuple[str, bytearray]])

    def of(self, row: ServiceOffer) -> ServiceOffer:
        """The row, with everything noted that is said to it."""

        async def serve(phone: rack.VirtualPhone, stream: Stream) -> None:
            heard = bytearray()
            self.said.append((row.name, heard))
            await row.serve(phone, Noted(stream, heard))

        return dataclasses.replace(row, serve=serve)


class Noted:
    """See ``Stream``; all that is read is noted."""

    def __init__(self, inner: Stream, heard: bytearray) -> None:
        self._inner = inner
        self._heard = heard
        self.write, self.drain, self.close = inner.write, inner.drain, inner.close
        self.start_tls = inner.start_tls

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        data = await self._inner.read(limit_bytes)
        self._heard += data
        return data

    async def readexactly(self, size_bytes: int) -> bytes:
        data = await self._inner.readexactly(size_bytes)
        self._heard += data
        return data

    @property
    def unsent_bytes(self) -> int:
        return self._inner.unsent_bytes

    @property
    def is_closed(self) -> bool:
        return self._inner.is_closed


@contextlib.asynccontextmanager
async def recorded(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Rig, Recording]]:
    """A phone, and what a client said to its services in a session."""
    recording = Recording()
    table = {row.name: recording.of(row) for row in ROWS}
    monkeypatch.setattr(rack, "SERVICES", table)
    async with rig(session.ios) as it:
        (it.phone.containers.path(APP.bundle_id) / KEPT).write_text(KEPT)
        await session.act(it)
        await _quiet(it)
        yield it, recording


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("name", [name for name in SESSIONS if name != "lockdown"])
def test_a_service_whose_client_goes_at_any_byte_serves_the_next(
    name: str, ending: Ending, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with recorded(SESSIONS[name], monkeypatch) as (it, recording):
            before = footprint(it.phone)
            assert recording.said
            with complaints() as heard:
                for service, said in recording.said:
                    await _cut_short(it, service, bytes(said), ending, _count(request, 3))
                    await _quiet(it)
                    assert not heard.found, heard.found
                    _is_as_it_should_be(it, before)
                await SESSIONS[name].act(it)
                await _quiet(it)
                assert not heard.found, heard.found
            _is_as_it_should_be(it, before)

    asyncio.run(main())


async def _cut_short(it: Rig, service: str, said: bytes, ending: Ending, count: int) -> None:
    serve = next(row.serve for row in ROWS if row.name == service)
    for at_byte in spread(len(said), count):
        async with asyncio.timeout(WITHIN_S):
            await serve(it.phone, MemoryStream(said[:at_byte], ending))
        assert not it.phone.clock.held, f"{service}, byte {at_byte}"
