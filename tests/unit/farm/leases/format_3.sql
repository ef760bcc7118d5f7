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
    health_cause TEXT NOT NULL DEFAULT ''
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
    holder TEXT NOT NULL DEFAULT ''
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
-- One phone left altered, one free, one that somebody has; no process has that number.
INSERT INTO holder (id, name, pid, run, since_s, host) VALUES ('HOLDER', 'pytest gw0', 1073741824, 'r1', 1796000000.0, 'mini1');
INSERT INTO phone (udid, name, state, epoch, note, since_s, last_holder, hardware) VALUES
    ('u1', 'v-16', 'dirty', 3, 'tests/test_a.py::test_b', 1796000000.0, 'pytest gw1 (pid 7 on mini1)', 'virtual');
INSERT INTO phone (udid, name, since_s, hardware) VALUES ('u2', 'desk', 1796000000.0, 'real');
INSERT INTO phone (udid, name, state, epoch, holder, note, since_s) VALUES
    ('u3', 'desk-3', 'leased', 5, 'HOLDER', 'tests/test_a.py::test_c', 1796000000.0);
INSERT INTO undo (udid, operation, value, bundle_id, since_s, holder) VALUES
    ('u1', 'wifi', 'on', '', 1796000000.0, 'gone');
