"""The tables of the farm, and what makes them of those that an older harness has laid out.

Columns are only ever added, each with a default and at the end of its table, so that a process of the older
harness which has the store open goes on writing into it. See ``migration`` for when that is done.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import StoreMismatch

VERSION = 4

TABLES = """
CREATE TABLE holder (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    run TEXT NOT NULL,
    since_s REAL NOT NULL,
    -- The machine, as people call it; of an agent, the host that it serves.
    host TEXT NOT NULL DEFAULT '',
    -- 'run', 'agent' or 'command'.
    kind TEXT NOT NULL DEFAULT 'run',
    -- When it was last heard; 0 of one that has not promised to be heard.
    heard_s REAL NOT NULL DEFAULT 0,
    -- The life of the database that its session lock is held in; empty while it has none.
    generation TEXT NOT NULL DEFAULT '',
    -- The directory with its lock, which proves its death to who can see it.
    place TEXT NOT NULL DEFAULT ''
);
CREATE TABLE phone (
    udid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'free',
    -- Counts grants; with the udid it names one lease for good.
    epoch INTEGER NOT NULL DEFAULT 0,
    -- Who has the lease, or, of a dirty phone, who is restoring it.
    holder TEXT REFERENCES holder(id),
    ticket INTEGER,
    note TEXT NOT NULL DEFAULT '',
    since_s REAL NOT NULL,
    last_holder TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    -- 'real', 'virtual', or empty while nobody has said.
    hardware TEXT NOT NULL DEFAULT '',
    -- Whether what was changed to stay is to be put back, too.
    recalled INTEGER NOT NULL DEFAULT 0,
    -- The machine that it is attached to, as an agent calls it.
    host TEXT NOT NULL DEFAULT '',
    -- The agent that is the only way to it, also when that agent has gone; NULL without one.
    gate TEXT,
    -- The socket that the agent has opened for the lease, and for which grant.
    endpoint TEXT NOT NULL DEFAULT '',
    endpoint_epoch INTEGER NOT NULL DEFAULT 0,
    -- Whether the lease is to end and waits for the agent to cut it.
    revoked INTEGER NOT NULL DEFAULT 0,
    -- Why the agent cannot give it now, or empty.
    away TEXT NOT NULL DEFAULT '',
    -- Which of the phones that its ticket asked for it is.
    slot INTEGER NOT NULL DEFAULT 0,
    ios TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    -- JSON, an object of strings.
    labels TEXT NOT NULL DEFAULT '{}',
    -- How it is connected to its host, comma between them, the cable first.
    ways TEXT NOT NULL DEFAULT '',
    -- Path of a virtual phone's clock socket on its host.
    clock TEXT NOT NULL DEFAULT '',
    -- 'unknown', 'good' or 'bad', why, and what a person does about it.
    health TEXT NOT NULL DEFAULT 'unknown',
    health_note TEXT NOT NULL DEFAULT '',
    health_fix TEXT NOT NULL DEFAULT '',
    checked_s REAL NOT NULL DEFAULT 0,
    -- What spoke against it since it was last found good.
    strikes INTEGER NOT NULL DEFAULT 0,
    -- When its quarantine ends; 0 of one that only a person ends.
    until_s REAL NOT NULL DEFAULT 0,
    -- Which kind of thing spoke against it last, or empty.
    health_cause TEXT NOT NULL DEFAULT '',
    -- Which machine found all this out, by the directory with its locks.
    health_place TEXT NOT NULL DEFAULT ''
);
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    holder TEXT NOT NULL REFERENCES holder(id),
    count INTEGER NOT NULL,
    note TEXT NOT NULL,
    since_s REAL NOT NULL,
    -- What becomes of settings that were changed to stay: 'avoid', 'undo' or 'accept'.
    kept TEXT NOT NULL DEFAULT 'avoid',
    -- The greater one is served first.
    priority INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE ticket_want (
    ticket INTEGER NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    udid TEXT NOT NULL REFERENCES phone(udid),
    -- For which of the phones asked for it would do; only 0 when all that would do, do for each.
    slot INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ticket, rank)
);
CREATE TABLE undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    udid TEXT NOT NULL REFERENCES phone(udid),
    operation TEXT NOT NULL,
    value TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    since_s REAL NOT NULL,
    -- Whether a person changed it on purpose, to stay.
    kept INTEGER NOT NULL DEFAULT 0,
    -- Who changed it; the row of that holder may be gone.
    holder TEXT NOT NULL DEFAULT '',
    -- The machine that the phone was at then: by the directory with its locks, and as people call it. Empty
    -- where there is one machine, and where nobody has said.
    place TEXT NOT NULL DEFAULT '',
    host TEXT NOT NULL DEFAULT ''
);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    udid TEXT NOT NULL REFERENCES phone(udid),
    at_s REAL NOT NULL,
    -- What happened to the health of a phone, of which sort, and the words for people.
    kind TEXT NOT NULL,
    what TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX event_of ON event (udid, at_s);
CREATE TABLE farm (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO farm (key, value) VALUES ('lease_s', '10');
"""
"""As SQLite has it; see ``postgres`` for the two words that PostgreSQL spells otherwise."""

STEPS: Mapping[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE phone ADD COLUMN hardware TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN recalled INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE ticket ADD COLUMN kept TEXT NOT NULL DEFAULT 'avoid'",
        "ALTER TABLE undo ADD COLUMN kept INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE undo ADD COLUMN holder TEXT NOT NULL DEFAULT ''",
    ),
    2: (
        "ALTER TABLE holder ADD COLUMN host TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE holder ADD COLUMN kind TEXT NOT NULL DEFAULT 'run'",
        "ALTER TABLE holder ADD COLUMN heard_s REAL NOT NULL DEFAULT 0",
        "ALTER TABLE holder ADD COLUMN generation TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE holder ADD COLUMN place TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN host TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN gate TEXT",
        "ALTER TABLE phone ADD COLUMN endpoint TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN endpoint_epoch INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN away TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN slot INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN ios TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN model TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN labels TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE phone ADD COLUMN ways TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN clock TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN health TEXT NOT NULL DEFAULT 'unknown'",
        "ALTER TABLE phone ADD COLUMN health_note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN health_fix TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE phone ADD COLUMN checked_s REAL NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN until_s REAL NOT NULL DEFAULT 0",
        "ALTER TABLE phone ADD COLUMN health_cause TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE ticket ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE ticket_want ADD COLUMN slot INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, udid TEXT NOT NULL REFERENCES phone(udid),"
        " at_s REAL NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL DEFAULT '',"
        " note TEXT NOT NULL DEFAULT '')",
        "CREATE INDEX event_of ON event (udid, at_s)",
        "CREATE TABLE farm (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "INSERT INTO farm (key, value) VALUES ('lease_s', '10')",
    ),
    3: (
        "ALTER TABLE phone ADD COLUMN health_place TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE undo ADD COLUMN place TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE undo ADD COLUMN host TEXT NOT NULL DEFAULT ''",
    ),
}
"""Format of a store -> the statements that make the next one of it, spelled as ``TABLES`` is."""


def check(where: str, found: int) -> None:
    """Refuse what this harness can neither read nor make its own.

    Args:
        where: what is of that format, for people.
        found: the format.

    Raises:
        StoreMismatch: it can make nothing of it.
    """
    if found > VERSION:
        what = f"{where} has format {found}, and this harness is older: it reads {VERSION}"
        raise StoreMismatch(what, fix="Update the harness here to the version that the others have")
    if found != VERSION and found not in STEPS:
        what = f"{where} has format {found}, of which there never was a harness: this one reads {VERSION}"
        raise StoreMismatch(what, fix="See what has written there, and give the harness a store of its own")


def check_current(where: str, found: int) -> None:
    """Refuse a store of an older format to who has begun its work.

    Raises:
        StoreMismatch: it is of one.
    """
    if found != VERSION:
        raise StoreMismatch(not_yet(where, found), fix="Start again: that brings it to the newer format")


def not_yet(where: str, found: int) -> str:
    """What is said of an older format that cannot be brought to this one now."""
    return f"{where} has format {found}, and this harness is newer: it reads {VERSION}"
