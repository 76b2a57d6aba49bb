-- +goose Up
-- Who came to a control room from outside. Of a visit only where it stands changes, and who still has
-- to sign that they let it in; what was said of it and what was done are rows that stay.
CREATE TABLE visits (
    id           TEXT    NOT NULL PRIMARY KEY,
    room         TEXT    NOT NULL REFERENCES rooms (id),
    at           INTEGER NOT NULL, -- when it was registered
    came_at      INTEGER NOT NULL, -- when they came; at, unless it was typed
    by_person    TEXT    NOT NULL REFERENCES people (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('leader_check', 'police', 'technician', 'guest', 'own_guest', 'other')),
    host         TEXT    NOT NULL, -- person; empty: somebody without an account, see visit_contents
    met          TEXT    NOT NULL CHECK (met IN ('inside', 'outside')),
    state        TEXT    NOT NULL CHECK (state IN ('registered', 'approved', 'refused', 'inside', 'met', 'out', 'withdrawn')),
    seq          INTEGER NOT NULL, -- of what is said of it
    awaits       TEXT    NOT NULL, -- person who is to countersign; empty: nobody
    awaits_until INTEGER NOT NULL
) STRICT;
CREATE INDEX visits_room ON visits (room, came_at, id);
CREATE INDEX visits_state ON visits (room, state);
CREATE INDEX visits_awaits ON visits (awaits) WHERE awaits <> '';

-- What is said of a visit: the first, and corrections of it.
CREATE TABLE visit_contents (
    visit     TEXT    NOT NULL REFERENCES visits (id),
    seq       INTEGER NOT NULL, -- 1, 2, 3…
    at        INTEGER NOT NULL,
    by_person TEXT    NOT NULL REFERENCES people (id),
    why       TEXT    NOT NULL, -- of a correction
    name      TEXT    NOT NULL,
    name_key  TEXT    NOT NULL,
    unit      TEXT    NOT NULL,
    unit_key  TEXT    NOT NULL,
    id_kind   TEXT    NOT NULL,
    id_number TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    host_name TEXT    NOT NULL,
    papers    TEXT    NOT NULL, -- number of an order, a notice or a letter
    items     TEXT    NOT NULL,
    PRIMARY KEY (visit, seq)
) STRICT;

-- What was done with a visit, one after the other.
CREATE TABLE visit_steps (
    visit     TEXT    NOT NULL REFERENCES visits (id),
    seq       INTEGER NOT NULL, -- 1, 2, 3…
    kind      TEXT    NOT NULL CHECK (kind IN ('preapproved', 'hosted', 'approved', 'told', 'countersigned', 'denied', 'refused', 'stopped', 'entered', 'left', 'withdrawn')),
    at        INTEGER NOT NULL, -- when it was entered
    done_at   INTEGER NOT NULL, -- when it was; at, unless it was typed
    by_person TEXT    NOT NULL REFERENCES people (id),
    person    TEXT    NOT NULL, -- who let them in by telephone, or as their host
    number    TEXT    NOT NULL, -- telephone
    note      TEXT    NOT NULL,
    badge     TEXT    NOT NULL,
    phone     INTEGER NOT NULL CHECK (phone IN (0, 1)),   -- left in the locker
    secrecy   INTEGER NOT NULL CHECK (secrecy IN (0, 1)), -- pledged
    saw       TEXT    NOT NULL CHECK (saw IN ('', 'nothing', 'live', 'recorded')),
    case_no   TEXT    NOT NULL,
    PRIMARY KEY (visit, seq)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER visits_no_update BEFORE UPDATE OF id, room, at, came_at, by_person, kind, host, met ON visits
BEGIN
    SELECT RAISE(ABORT, 'that somebody came never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER visits_no_delete BEFORE DELETE ON visits
BEGIN
    SELECT RAISE(ABORT, 'that somebody came is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER visit_contents_no_update BEFORE UPDATE ON visit_contents
BEGIN
    SELECT RAISE(ABORT, 'what is said of a visit is corrected by another row');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER visit_contents_no_delete BEFORE DELETE ON visit_contents
BEGIN
    SELECT RAISE(ABORT, 'what is said of a visit is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER visit_steps_no_update BEFORE UPDATE ON visit_steps
BEGIN
    SELECT RAISE(ABORT, 'what was done with a visit never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER visit_steps_no_delete BEFORE DELETE ON visit_steps
BEGIN
    SELECT RAISE(ABORT, 'what was done with a visit is never deleted');
END;
-- +goose StatementEnd
