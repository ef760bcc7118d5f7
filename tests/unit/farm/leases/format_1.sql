BEGIN TRANSACTION;
CREATE TABLE holder (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    run TEXT NOT NULL,
    since_s REAL NOT NULL
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
    reason TEXT NOT NULL DEFAULT ''
);
INSERT INTO "phone" VALUES('00008120-001A2B3C4D5E6F70','desk','dirty',1,NULL,NULL,'tests/test_a.py::test_b',1.79536642246751570704e+09,'pytest gw0 (pid 14447)',0,'');
INSERT INTO "phone" VALUES('00008120-00FF','spare','free',0,NULL,NULL,'',1.79536642246508598326e+09,'',0,'');
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    holder TEXT NOT NULL REFERENCES holder(id),
    count INTEGER NOT NULL,
    note TEXT NOT NULL,
    since_s REAL NOT NULL
);
CREATE TABLE ticket_want (
    ticket INTEGER NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    udid TEXT NOT NULL REFERENCES phone(udid),
    PRIMARY KEY (ticket, rank)
);
CREATE TABLE undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    udid TEXT NOT NULL REFERENCES phone(udid),
    operation TEXT NOT NULL,
    value TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    since_s REAL NOT NULL
);
INSERT INTO "undo" VALUES(1,'00008120-001A2B3C4D5E6F70','wifi','on','',1.7953664224668715e+09);
INSERT INTO "undo" VALUES(2,'00008120-001A2B3C4D5E6F70','background-refresh','on','com.example.app',1.79536642246718192096e+09);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('ticket',1);
INSERT INTO "sqlite_sequence" VALUES('undo',2);
COMMIT;
PRAGMA user_version=1;
