-- +goose Up
-- Somebody leaves a watch before their shift ends, by a leader's word and for a named relief.
CREATE TABLE departures (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    relief     TEXT    NOT NULL REFERENCES people (id),
    reason     TEXT    NOT NULL,
    back_at    BIGINT NOT NULL, -- when they mean to be back; 0: not in this shift
    at         BIGINT NOT NULL,
    CHECK (relief <> person)
);
CREATE INDEX departures_room ON departures (room, at);

CREATE TABLE departure_steps (
    departure TEXT    NOT NULL REFERENCES departures (id),
    step      TEXT    NOT NULL CHECK (step IN ('approved', 'refused', 'withdrawn', 'left')),
    person    TEXT    NOT NULL REFERENCES people (id),
    at        BIGINT NOT NULL,
    note      TEXT    NOT NULL,
    PRIMARY KEY (departure, step)
);

CREATE TRIGGER departures_no_update BEFORE UPDATE ON departures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER departures_no_delete BEFORE DELETE ON departures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER departures_no_truncate BEFORE TRUNCATE ON departures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER departure_steps_no_update BEFORE UPDATE ON departure_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER departure_steps_no_delete BEFORE DELETE ON departure_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER departure_steps_no_truncate BEFORE TRUNCATE ON departure_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
