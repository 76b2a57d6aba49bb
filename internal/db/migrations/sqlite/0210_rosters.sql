-- +goose Up
-- Shift patterns of control rooms. One is retired, never deleted.
CREATE TABLE shift_patterns (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    plan       TEXT    NOT NULL, -- JSON
    added_at   INTEGER NOT NULL,
    retired_at INTEGER           -- NULL: in use
) STRICT;
CREATE UNIQUE INDEX shift_patterns_name ON shift_patterns (room, name_key) WHERE retired_at IS NULL;

-- The shifts of the rosters as they stand now. What they were stands in roster_changes.
CREATE TABLE shifts (
    id      TEXT    NOT NULL PRIMARY KEY,
    room    TEXT    NOT NULL REFERENCES rooms (id),
    name    TEXT    NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    staff   INTEGER NOT NULL, -- the fewest people
    state   TEXT    NOT NULL CHECK (state IN ('draft', 'published', 'cancelled')),
    version INTEGER NOT NULL, -- 1, 2, 3…; that of its last change
    CHECK (from_at < to_at)
) STRICT;
CREATE INDEX shifts_room ON shifts (room, from_at);
CREATE INDEX shifts_at ON shifts (from_at);

CREATE TABLE shift_people (
    shift  TEXT    NOT NULL REFERENCES shifts (id),
    person TEXT    NOT NULL REFERENCES people (id),
    charge INTEGER NOT NULL, -- 1: in charge of the watch
    PRIMARY KEY (shift, person)
) STRICT;
CREATE INDEX shift_people_person ON shift_people (person);
CREATE UNIQUE INDEX shift_people_charge ON shift_people (shift) WHERE charge = 1;

-- Everything that was ever done to a shift.
CREATE TABLE roster_changes (
    shift      TEXT    NOT NULL REFERENCES shifts (id),
    version    INTEGER NOT NULL,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    at         INTEGER NOT NULL,
    changed_by TEXT    NOT NULL, -- person; empty: on the machine itself
    kind       TEXT    NOT NULL CHECK (kind IN ('planned', 'changed', 'published', 'cancelled', 'leave', 'swap')),
    cause      TEXT    NOT NULL, -- id of a leave or a swap; may be empty
    reason     TEXT    NOT NULL,
    was        TEXT    NOT NULL, -- JSON; empty: it is new
    became     TEXT    NOT NULL, -- JSON
    PRIMARY KEY (shift, version)
) STRICT;
CREATE INDEX roster_changes_room ON roster_changes (room, at);

-- +goose StatementBegin
CREATE TRIGGER shift_patterns_no_delete BEFORE DELETE ON shift_patterns
BEGIN
    SELECT RAISE(ABORT, 'a shift pattern is retired, never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER shifts_no_update BEFORE UPDATE OF id, room ON shifts
BEGIN
    SELECT RAISE(ABORT, 'of which room a shift is never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER shifts_no_delete BEFORE DELETE ON shifts
BEGIN
    SELECT RAISE(ABORT, 'a shift is cancelled, never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_changes_no_update BEFORE UPDATE ON roster_changes
BEGIN
    SELECT RAISE(ABORT, 'what was done to a roster never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roster_changes_no_delete BEFORE DELETE ON roster_changes
BEGIN
    SELECT RAISE(ABORT, 'what was done to a roster is never deleted');
END;
-- +goose StatementEnd
