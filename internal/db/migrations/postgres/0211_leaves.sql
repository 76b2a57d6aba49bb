-- +goose Up
-- Leave that somebody asked for, or that was told by telephone and entered for them.
CREATE TABLE leaves (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('sick', 'personal', 'other')),
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    reason     TEXT    NOT NULL,
    asked_at   BIGINT NOT NULL,
    entered_by TEXT    NOT NULL, -- person who was told by telephone; empty: asked by the person
    signed_at  BIGINT,          -- NULL: entered by another, and not confirmed by the person yet
    state      TEXT    NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
    decided_by TEXT    NOT NULL,
    decided_at BIGINT,
    note       TEXT    NOT NULL,
    CHECK (from_at < to_at)
);
CREATE INDEX leaves_person ON leaves (person, from_at);
CREATE INDEX leaves_room ON leaves (room, asked_at);

-- Shifts that two people want to exchange, or that one gives to the other.
CREATE TABLE swaps (
    id          TEXT    NOT NULL PRIMARY KEY,
    room        TEXT    NOT NULL REFERENCES rooms (id),
    shift       TEXT    NOT NULL REFERENCES shifts (id),
    person      TEXT    NOT NULL REFERENCES people (id),
    other       TEXT    NOT NULL REFERENCES people (id),
    other_shift TEXT    NOT NULL, -- id; empty: nothing is given in return
    reason      TEXT    NOT NULL,
    asked_at    BIGINT NOT NULL,
    agreed_at   BIGINT,          -- NULL: the other has not agreed
    state       TEXT    NOT NULL CHECK (state IN ('asked', 'agreed', 'made', 'declined', 'refused', 'withdrawn')),
    decided_by  TEXT    NOT NULL,
    decided_at  BIGINT,
    note        TEXT    NOT NULL
);
CREATE INDEX swaps_room ON swaps (room, asked_at);
CREATE UNIQUE INDEX swaps_open ON swaps (shift, person) WHERE state IN ('asked', 'agreed');

-- That somebody comes late, told before.
CREATE TABLE late_notices (
    id      TEXT    NOT NULL PRIMARY KEY,
    room    TEXT    NOT NULL REFERENCES rooms (id),
    shift   TEXT    NOT NULL REFERENCES shifts (id),
    person  TEXT    NOT NULL REFERENCES people (id),
    minutes BIGINT NOT NULL,
    reason  TEXT    NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX late_notices_shift ON late_notices (shift, at);

CREATE TRIGGER leaves_no_update BEFORE UPDATE OF id, room, person, kind, from_at, to_at, reason, asked_at, entered_by ON leaves FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaves_signed_once BEFORE UPDATE OF signed_at ON leaves FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaves_decided_once BEFORE UPDATE OF state, decided_by, decided_at, note ON leaves FOR EACH ROW WHEN (OLD.state <> 'asked') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaves_no_truncate BEFORE TRUNCATE ON leaves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER swaps_no_update BEFORE UPDATE OF id, room, shift, person, other, other_shift, reason, asked_at ON swaps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER swaps_decided_once BEFORE UPDATE ON swaps FOR EACH ROW WHEN (OLD.state NOT IN ('asked', 'agreed')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER swaps_no_delete BEFORE DELETE ON swaps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER swaps_no_truncate BEFORE TRUNCATE ON swaps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER late_notices_no_update BEFORE UPDATE ON late_notices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER late_notices_no_delete BEFORE DELETE ON late_notices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER late_notices_no_truncate BEFORE TRUNCATE ON late_notices FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
