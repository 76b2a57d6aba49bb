-- +goose Up
-- Control rooms and who answers for them. A room is retired, never deleted.
CREATE TABLE rooms (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL UNIQUE,
    areas      TEXT    NOT NULL, -- JSON; ids of what it watches, none: everything
    head       TEXT    NOT NULL REFERENCES people (id),
    staff      INTEGER NOT NULL, -- the fewest people that a watch takes
    hours      TEXT    NOT NULL CHECK (hours IN ('around_the_clock', 'business')),
    networks   TEXT    NOT NULL, -- JSON; addresses and networks of its computers
    phone      TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    retired_at INTEGER           -- NULL: in use
) STRICT;

-- Who answers for a room since when; until the next of the room.
CREATE TABLE tenures (
    room       TEXT    NOT NULL REFERENCES rooms (id),
    seq        INTEGER NOT NULL, -- 1, 2, 3…
    kind       TEXT    NOT NULL CHECK (kind IN ('vacant', 'kept', 'closed')),
    person     TEXT    NOT NULL REFERENCES people (id),
    since      INTEGER NOT NULL,
    how        TEXT    NOT NULL CHECK (how IN ('room_added', 'head_changed', 'signed_on', 'handed_over', 'taken_over', 'closed')),
    ordered_by TEXT    NOT NULL, -- person whose act it was; empty: on the machine itself
    reason     TEXT    NOT NULL,
    handover   TEXT    NOT NULL, -- id; of one that was handed over
    phone      TEXT    NOT NULL, -- of the stand-by of a closed room
    PRIMARY KEY (room, seq)
) STRICT;
CREATE INDEX tenures_since ON tenures (room, since);

-- Who signed on at a room, from when to when.
CREATE TABLE attendances (
    id           TEXT    NOT NULL PRIMARY KEY,
    room         TEXT    NOT NULL REFERENCES rooms (id),
    person       TEXT    NOT NULL REFERENCES people (id),
    shift        TEXT    NOT NULL, -- id; empty: not on the roster
    planned_from INTEGER NOT NULL, -- 0: not on the roster
    planned_to   INTEGER NOT NULL,
    planned_staff INTEGER NOT NULL, -- the fewest people that the shift takes
    on_at        INTEGER NOT NULL,
    off_at       INTEGER,          -- NULL: on watch
    off_how      TEXT    NOT NULL CHECK (off_how IN ('', 'signed_off', 'handed_over', 'taken_over', 'closed', 'released')),
    late         INTEGER NOT NULL, -- after the planned begin
    early        INTEGER NOT NULL, -- before the planned end
    reason       TEXT    NOT NULL, -- why somebody signs on who is not on the roster
    off_reason   TEXT    NOT NULL,
    checks       TEXT    NOT NULL, -- JSON; what was looked at, at the beginning
    address      TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX attendances_open ON attendances (person) WHERE off_at IS NULL;
CREATE INDEX attendances_room ON attendances (room, on_at);

-- +goose StatementBegin
CREATE TRIGGER rooms_no_delete BEFORE DELETE ON rooms
BEGIN
    SELECT RAISE(ABORT, 'a room is retired, never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tenures_no_update BEFORE UPDATE ON tenures
BEGIN
    SELECT RAISE(ABORT, 'who answered for a room never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tenures_no_delete BEFORE DELETE ON tenures
BEGIN
    SELECT RAISE(ABORT, 'who answered for a room is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attendances_no_update BEFORE UPDATE OF id, room, person, shift, planned_from, planned_to, planned_staff, on_at, late, reason, checks, address ON attendances
BEGIN
    SELECT RAISE(ABORT, 'that somebody signed on never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attendances_end_once BEFORE UPDATE ON attendances WHEN OLD.off_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'somebody signs off once');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attendances_no_delete BEFORE DELETE ON attendances
BEGIN
    SELECT RAISE(ABORT, 'that somebody signed on is never deleted');
END;
-- +goose StatementEnd
