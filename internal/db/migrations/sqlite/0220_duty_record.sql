-- +goose Up
-- The duty record of each control room: what was written by hand and by the program itself.
-- Nothing that was said changes; what is said of an entry later stands in rows of its own.
CREATE TABLE duty_entries (
    seq        INTEGER NOT NULL PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    year       INTEGER NOT NULL, -- of the entry, in the time of the site
    number     INTEGER NOT NULL, -- 1, 2, 3… of the room and year
    at         INTEGER NOT NULL, -- of what happened
    entered_at INTEGER NOT NULL,
    author     TEXT    NOT NULL, -- person; of a line of the program whose doing it was, empty: nobody's
    code       TEXT    NOT NULL, -- of a line of the program; empty: written by hand
    category   TEXT    NOT NULL,
    severity   TEXT    NOT NULL CHECK (severity IN ('ordinary', 'important', 'severe')),
    content    TEXT    NOT NULL, -- JSON
    root       TEXT    NOT NULL, -- id of the first entry that this corrects, or its own
    corrects   TEXT    NOT NULL, -- id of the entry that this corrects; empty: none
    closes     TEXT    NOT NULL, -- id of the entry whose follow-up this closes; empty: none
    source     TEXT    NOT NULL, -- id of the act that a line of the program tells of; empty: none
    UNIQUE (room, year, number)
) STRICT;
CREATE INDEX duty_entries_room ON duty_entries (room, seq);
CREATE INDEX duty_entries_entered ON duty_entries (entered_at);
CREATE INDEX duty_entries_root ON duty_entries (root);
CREATE INDEX duty_entries_author ON duty_entries (author, seq) WHERE code = '';
CREATE INDEX duty_entries_severe ON duty_entries (room, seq) WHERE severity = 'severe';
CREATE UNIQUE INDEX duty_entries_corrects ON duty_entries (corrects) WHERE corrects <> '';
CREATE UNIQUE INDEX duty_entries_source ON duty_entries (room, source) WHERE source <> '';

-- What the entries are found by (R19).
CREATE VIRTUAL TABLE duty_found USING fts5 (words, content = '', tokenize = 'ascii');

-- The last number given out in a room and year.
CREATE TABLE duty_numbers (
    room TEXT    NOT NULL REFERENCES rooms (id),
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (room, year)
) STRICT;

-- What an entry left open, until another entry closes it.
CREATE TABLE duty_follow_ups (
    entry     TEXT    NOT NULL PRIMARY KEY REFERENCES duty_entries (id),
    room      TEXT    NOT NULL REFERENCES rooms (id),
    owner     TEXT    NOT NULL REFERENCES people (id),
    due       INTEGER NOT NULL, -- 0: no day was named
    closed_by TEXT    REFERENCES duty_entries (id) -- NULL: open
) STRICT;
CREATE INDEX duty_follow_ups_open ON duty_follow_ups (room) WHERE closed_by IS NULL;

-- To whom an entry was reported.
CREATE TABLE duty_reports (
    id         TEXT    NOT NULL PRIMARY KEY,
    entry      TEXT    NOT NULL REFERENCES duty_entries (id),
    root       TEXT    NOT NULL, -- of the entry
    person     TEXT    NOT NULL, -- id; empty: somebody without an account
    name       TEXT    NOT NULL, -- of whom, where it is nobody with an account
    channel    TEXT    NOT NULL CHECK (channel IN ('phone', 'radio', 'in_person', 'message')),
    at         INTEGER NOT NULL, -- when, as the button stamped it or somebody typed it
    typed      INTEGER NOT NULL CHECK (typed IN (0, 1)),
    entered_at INTEGER NOT NULL,
    entered_by TEXT    NOT NULL REFERENCES people (id),
    receipt    TEXT    NOT NULL -- number of the police or fire brigade; empty: none
) STRICT;
CREATE INDEX duty_reports_root ON duty_reports (root);

-- That the person reported to has received it.
CREATE TABLE duty_receipts (
    report TEXT    NOT NULL PRIMARY KEY REFERENCES duty_reports (id),
    at     INTEGER NOT NULL
) STRICT;

-- The second signature of a late entry.
CREATE TABLE duty_countersigns (
    entry  TEXT    NOT NULL PRIMARY KEY REFERENCES duty_entries (id),
    person TEXT    NOT NULL REFERENCES people (id),
    at     INTEGER NOT NULL
) STRICT;

-- The head of the record of a shift. The highest version holds.
CREATE TABLE duty_heads (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    shift      TEXT    NOT NULL, -- id, or its begin where there is no roster
    version    INTEGER NOT NULL, -- 1, 2, 3…
    begins     INTEGER NOT NULL,
    ends       INTEGER NOT NULL,
    content    TEXT    NOT NULL, -- JSON
    written_by TEXT    NOT NULL REFERENCES people (id),
    written_at INTEGER NOT NULL,
    UNIQUE (room, shift, version)
) STRICT;
CREATE INDEX duty_heads_begins ON duty_heads (room, begins);

-- Files beside an entry; what they hold lies in the data folder under its digest.
CREATE TABLE duty_attachments (
    id       TEXT    NOT NULL PRIMARY KEY,
    entry    TEXT    NOT NULL REFERENCES duty_entries (id),
    name     TEXT    NOT NULL,
    type     TEXT    NOT NULL CHECK (type IN ('image/jpeg', 'image/png', 'application/pdf')),
    size     INTEGER NOT NULL,
    sha256   TEXT    NOT NULL,
    added_by TEXT    NOT NULL REFERENCES people (id),
    added_at INTEGER NOT NULL
) STRICT;
CREATE INDEX duty_attachments_entry ON duty_attachments (entry);

-- How far the acts of a log were taken into the records.
CREATE TABLE duty_followed (
    log  TEXT    NOT NULL PRIMARY KEY,
    leaf INTEGER NOT NULL -- of the last that was looked at
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER duty_entries_no_update BEFORE UPDATE ON duty_entries
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_entries_no_delete BEFORE DELETE ON duty_entries
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_numbers_no_delete BEFORE DELETE ON duty_numbers
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_follow_ups_no_delete BEFORE DELETE ON duty_follow_ups
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_reports_no_update BEFORE UPDATE ON duty_reports
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_reports_no_delete BEFORE DELETE ON duty_reports
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_receipts_no_update BEFORE UPDATE ON duty_receipts
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_receipts_no_delete BEFORE DELETE ON duty_receipts
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_countersigns_no_update BEFORE UPDATE ON duty_countersigns
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_countersigns_no_delete BEFORE DELETE ON duty_countersigns
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_heads_no_update BEFORE UPDATE ON duty_heads
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_heads_no_delete BEFORE DELETE ON duty_heads
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_attachments_no_update BEFORE UPDATE ON duty_attachments
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_attachments_no_delete BEFORE DELETE ON duty_attachments
BEGIN
    SELECT RAISE(ABORT, 'what stands in the duty record is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_follow_ups_no_update BEFORE UPDATE OF entry, room, owner, due ON duty_follow_ups
BEGIN
    SELECT RAISE(ABORT, 'what was left open never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER duty_follow_ups_close_once BEFORE UPDATE ON duty_follow_ups WHEN OLD.closed_by IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a follow-up is closed once');
END;
-- +goose StatementEnd
