"""The app's journal, read from its container."""

from __future__ import annotations

from harness.errors import DeviceError
from harness.evidence.testimony import journal_fact
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Container, Phone
from harness.model.facts import Gap, Source, Watermark
from harness.model.journal import parse_journal_line
from harness.model.time import Instant


class JournalSource:
    """The app's journal, read without launching the app. Durable: what was missed is read later.

    Args:
        phone: the phone.
        timeline: where facts go.
        bundle_id: the app.
        path: of the journal, relative to the container.
    """

    def __init__(self, phone: Phone, timeline: Timeline, bundle_id: str, path: str) -> None:
        self._phone = phone
        self._timeline = timeline
        self._bundle_id = bundle_id
        self._path = path
        self._container: Container | None = None
        self._offset = 0
        self._rest = b""
        self._shown_s = 0.0

    async def start(self, now: Instant) -> None:
        """Open the container, and pass over what the journal already holds."""
        self._container = await self._phone.container(self._bundle_id)
        self._offset = await self._container.size_bytes(self._path) or 0
        # A line written before its size was asked for is passed over, so nothing earlier is covered.
        self._note((await self._phone.clock.now()).latest_s)

    def _note(self, shown_s: float) -> None:
        self._shown_s = max(self._shown_s, shown_s)
        self._timeline.append(Watermark(Source.JOURNAL, shown_s))

    async def clear(self) -> None:
        """Empty the journal: the next line starts a new one."""
        if self._container:
            await self._container.remove(self._path)
        self._offset, self._rest = 0, b""

    async def settle(self, now: Instant) -> None:
        """Read what was appended; after it everything up to ``now`` is known, unless a line is unfinished."""
        try:
            await self._read(now)
        except DeviceError:
            self._container = None  # durable: the next read catches up, so there is no gap to own up to
            return
        if not self._rest:
            self._note(now.earliest_s)

    async def _read(self, now: Instant) -> None:
        if self._container is None:
            self._container = await self._phone.container(self._bundle_id)
        size = await self._container.size_bytes(self._path) or 0
        if size < self._offset:
            self._lose(now, "the journal was replaced by a shorter one")
            self._offset, self._rest = 0, b""
        if size == self._offset:
            return
        data = await self._container.read(self._path, self._offset)
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.decode(errors="replace"), now)

    def _take(self, text: str, now: Instant) -> None:
        if not text.strip():
            return
        try:
            line = parse_journal_line(text)
        except ValueError:
            self._lose(now, f"a line of the journal cannot be read: {text[:40]!r}")
        else:
            self._timeline.append(journal_fact(line, self._bundle_id))

    def _lose(self, now: Instant, why: str) -> None:
        self._timeline.append(Gap(Source.JOURNAL, self._shown_s, now.latest_s, why))

    async def stop(self) -> None:
        """Give the container back."""
        if self._container:
            await self._container.close()
