-- +goose Up
-- Shift patterns of control rooms. One is retired, never deleted.
CREATE TABLE shift_patterns (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    plan       TEXT    NOT NULL, -- JSON
    added_at   BIGINT NOT NULL,
    retired_at BIGINT           -- NULL: in use
);
CREATE UNIQUE INDEX shift_patterns_name ON shift_patterns (room, name_key) WHERE retired_at IS NULL;

-- The shifts of the rosters as they stand now. What they were stands in roster_changes.
CREATE TABLE shifts (
    id      TEXT    NOT NULL PRIMARY KEY,
    room    TEXT    NOT NULL REFERENCES rooms (id),
    name    TEXT    NOT NULL,
    from_at BIGINT NOT NULL,
    to_at   BIGINT NOT NULL,
    staff   BIGINT NOT NULL, -- the fewest people
    state   TEXT    NOT NULL CHECK (state IN ('draft', 'published', 'cancelled')),
    version BIGINT NOT NULL, -- 1, 2, 3…; that of its last change
    CHECK (from_at < to_at)
);
CREATE INDEX shifts_room ON shifts (room, from_at);
CREATE INDEX shifts_at ON shifts (from_at);

CREATE TABLE shift_people (
    shift  TEXT    NOT NULL REFERENCES shifts (id),
    person TEXT    NOT NULL REFERENCES people (id),
    charge BIGINT NOT NULL, -- 1: in charge of the watch
    PRIMARY KEY (shift, person)
);
CREATE INDEX shift_people_person ON shift_people (person);
CREATE UNIQUE INDEX shift_people_charge ON shift_people (shift) WHERE charge = 1;

-- Everything that was ever done to a shift.
CREATE TABLE roster_changes (
    shift      TEXT    NOT NULL REFERENCES shifts (id),
    version    BIGINT NOT NULL,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    at         BIGINT NOT NULL,
    changed_by TEXT    NOT NULL, -- person; empty: on the machine itself
    kind       TEXT    NOT NULL CHECK (kind IN ('planned', 'changed', 'published', 'cancelled', 'leave', 'swap')),
    cause      TEXT    NOT NULL, -- id of a leave or a swap; may be empty
    reason     TEXT    NOT NULL,
    was        TEXT    NOT NULL, -- JSON; empty: it is new
    became     TEXT    NOT NULL, -- JSON
    PRIMARY KEY (shift, version)
);
CREATE INDEX roster_changes_room ON roster_changes (room, at);

CREATE TRIGGER shift_patterns_no_delete BEFORE DELETE ON shift_patterns FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER shift_patterns_no_truncate BEFORE TRUNCATE ON shift_patterns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER shifts_no_update BEFORE UPDATE OF id, room ON shifts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER shifts_no_delete BEFORE DELETE ON shifts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER shifts_no_truncate BEFORE TRUNCATE ON shifts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER roster_changes_no_update BEFORE UPDATE ON roster_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER roster_changes_no_delete BEFORE DELETE ON roster_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER roster_changes_no_truncate BEFORE TRUNCATE ON roster_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
