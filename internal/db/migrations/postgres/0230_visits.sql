-- +goose Up
-- Who came to a control room from outside. Of a visit only where it stands changes, and who still has
-- to sign that they let it in; what was said of it and what was done are rows that stay.
CREATE TABLE visits (
    id           TEXT    NOT NULL PRIMARY KEY,
    room         TEXT    NOT NULL REFERENCES rooms (id),
    at           BIGINT  NOT NULL, -- when it was registered
    came_at      BIGINT  NOT NULL, -- when they came; at, unless it was typed
    by_person    TEXT    NOT NULL REFERENCES people (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('leader_check', 'police', 'technician', 'guest', 'own_guest', 'other')),
    host         TEXT    NOT NULL, -- person; empty: somebody without an account, see visit_contents
    met          TEXT    NOT NULL CHECK (met IN ('inside', 'outside')),
    state        TEXT    NOT NULL CHECK (state IN ('registered', 'approved', 'refused', 'inside', 'met', 'out', 'withdrawn')),
    seq          BIGINT  NOT NULL, -- of what is said of it
    awaits       TEXT    NOT NULL, -- person who is to countersign; empty: nobody
    awaits_until BIGINT  NOT NULL
);
CREATE INDEX visits_room ON visits (room, came_at, id);
CREATE INDEX visits_state ON visits (room, state);
CREATE INDEX visits_awaits ON visits (awaits) WHERE awaits <> '';

-- What is said of a visit: the first, and corrections of it.
CREATE TABLE visit_contents (
    visit     TEXT    NOT NULL REFERENCES visits (id),
    seq       BIGINT  NOT NULL, -- 1, 2, 3…
    at        BIGINT  NOT NULL,
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
);

-- What was done with a visit, one after the other.
CREATE TABLE visit_steps (
    visit     TEXT    NOT NULL REFERENCES visits (id),
    seq       BIGINT  NOT NULL, -- 1, 2, 3…
    kind      TEXT    NOT NULL CHECK (kind IN ('preapproved', 'hosted', 'approved', 'told', 'countersigned', 'denied', 'refused', 'stopped', 'entered', 'left', 'withdrawn')),
    at        BIGINT  NOT NULL, -- when it was entered
    done_at   BIGINT  NOT NULL, -- when it was; at, unless it was typed
    by_person TEXT    NOT NULL REFERENCES people (id),
    person    TEXT    NOT NULL, -- who let them in by telephone, or as their host
    number    TEXT    NOT NULL, -- telephone
    note      TEXT    NOT NULL,
    badge     TEXT    NOT NULL,
    phone     BOOLEAN NOT NULL,   -- left in the locker
    secrecy   BOOLEAN NOT NULL, -- pledged
    saw       TEXT    NOT NULL CHECK (saw IN ('', 'nothing', 'live', 'recorded')),
    case_no   TEXT    NOT NULL,
    PRIMARY KEY (visit, seq)
);

CREATE TRIGGER visits_no_update BEFORE UPDATE OF id, room, at, came_at, by_person, kind, host, met ON visits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visits_no_delete BEFORE DELETE ON visits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visits_no_truncate BEFORE TRUNCATE ON visits FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_contents_no_update BEFORE UPDATE ON visit_contents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_contents_no_delete BEFORE DELETE ON visit_contents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_contents_no_truncate BEFORE TRUNCATE ON visit_contents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_steps_no_update BEFORE UPDATE ON visit_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_steps_no_delete BEFORE DELETE ON visit_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_steps_no_truncate BEFORE TRUNCATE ON visit_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
