"""The timeline of one phone: facts as they become known, kept in a file that survives a crash.

One writer per phone. Every entry is on disk before anyone is told of it, so a judgement never rests
on a fact that a crash could take away.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType

from harness.evidence.appending import LineFile
from harness.evidence.record import Entry, to_line
from harness.evidence.shelf import Shelf
from harness.evidence.view import Coverage, Evidence
from harness.model.facts import Fact, Gap, Mark, Source, Watermark
from harness.model.run import Begun, Judged


class Timeline:
    """Everything that is known of one phone during one test.

    Args:
        path: JSON Lines file to append to, less a last line that a crash cut short; ``None`` to keep it in
            memory only.
        nonce: run nonce of the test.
    """

    def __init__(self, path: Path | None = None, *, nonce: str = "") -> None:
        self.path = path
        self.nonce = nonce
        self._file = LineFile(path) if path else None
        self._lock = threading.Lock()
        self._facts = Shelf()
        self._kinds: dict[type[Fact], Shelf] = {}
        self._gaps: dict[tuple[Source, float], Gap] = {}
        self._coverage: dict[Source, Coverage] = {}
        self._marks: list[Mark] = []

    def __enter__(self) -> Timeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, entry: Entry) -> None:
        """Add one entry: to the file first, then to what is known.

        Raises:
            OSError: it could not be written whole; it is neither in the file nor known.
        """
        with self._lock:
            if self._file:
                self._file.append(f"{to_line(entry)}\n".encode())
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        match entry:
            case Fact():
                self._facts.put(entry)
                for kind in _kinds_of(type(entry)):
                    self._kinds.setdefault(kind, Shelf()).put(entry)
            case Gap():
                self._add_gap(entry)
            case Watermark():
                self._raise_watermark(entry)
            case Mark():
                self._marks.append(entry)
            case Begun() | Judged():
                pass  # told to a reader of the file; no evidence

    def _add_gap(self, gap: Gap) -> None:
        """The last word on a gap counts; source and start name it, and one that ends before it began is none.

        It is appended when it opens, and again when it is closed, narrowed, or taken back.
        """
        self._gaps.pop((gap.source, gap.from_s), None)
        if not gap.is_taken_back:
            self._gaps[gap.source, gap.from_s] = gap

    def _raise_watermark(self, mark: Watermark) -> None:
        known = self._coverage.get(mark.source, Coverage(mark.phone_s, mark.phone_s))
        self._coverage[mark.source] = replace(known, to_s=max(known.to_s, mark.phone_s))

    def evidence(self) -> Evidence:
        """What is known now; does not change afterwards. Costs the same however long the timeline is."""
        with self._lock:
            kinds = {kind: shelf.look() for kind, shelf in self._kinds.items()}
            gaps = tuple(self._gaps.values())
            return Evidence.of_rows(self._facts.look(), kinds, gaps, dict(self._coverage), self.nonce)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks set so far, in order."""
        return tuple(self._marks)

    def close(self) -> None:
        """Close the file; the timeline can still be read."""
        if self._file:
            self._file.close()
            self._file = None


@cache
def _kinds_of(kind: type[Fact]) -> tuple[type[Fact], ...]:
    """The kinds that a fact of a kind is one of, less that of all facts."""
    return tuple(one for one in kind.__mro__ if issubclass(one, Fact) and one is not Fact)
