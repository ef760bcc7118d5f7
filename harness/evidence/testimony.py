"""The app's own testimony, from its journal and from the marks it repeats in the log."""

from __future__ import annotations

from harness.model.facts import CallbackSeen, Source
from harness.model.journal import JournalLine, parse_journal_line
from harness.model.time import written


def journal_fact(line: JournalLine, bundle_id: str, source: Source = Source.JOURNAL) -> CallbackSeen:
    """The fact that one line of an app's journal states."""
    return CallbackSeen(
        at=written(line.wall_s),
        source=source,
        bundle_id=bundle_id,
        pid=line.pid,
        name=line.event,
        seq=line.seq,
        nonce=line.nonce,
        session=line.session,
        task=line.task,
        app_state=line.state,
        thread=line.thread,
        traced=line.traced,
        detail=line.detail or {},
    )


def mark_fact(message: str, bundle_id: str) -> CallbackSeen | None:
    """The fact that a mark in the log states; ``None`` for one that was cut or redacted."""
    try:
        line = parse_journal_line(message)
    except ValueError:
        return None
    return journal_fact(line, bundle_id, Source.LOG_MARK)
