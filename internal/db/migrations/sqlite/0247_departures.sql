-- +goose Up
-- Somebody leaves a watch before their shift ends, by a leader's word and for a named relief.
CREATE TABLE departures (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    relief     TEXT    NOT NULL REFERENCES people (id),
    reason     TEXT    NOT NULL,
    back_at    INTEGER NOT NULL, -- when they mean to be back; 0: not in this shift
    at         INTEGER NOT NULL,
    CHECK (relief <> person)
) STRICT;
CREATE INDEX departures_room ON departures (room, at);

CREATE TABLE departure_steps (
    departure TEXT    NOT NULL REFERENCES departures (id),
    step      TEXT    NOT NULL CHECK (step IN ('approved', 'refused', 'withdrawn', 'left')),
    person    TEXT    NOT NULL REFERENCES people (id),
    at        INTEGER NOT NULL,
    note      TEXT    NOT NULL,
    PRIMARY KEY (departure, step)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER departures_no_update BEFORE UPDATE ON departures
BEGIN
    SELECT RAISE(ABORT, 'what was asked for never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER departures_no_delete BEFORE DELETE ON departures
BEGIN
    SELECT RAISE(ABORT, 'what was asked for is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER departure_steps_no_update BEFORE UPDATE ON departure_steps
BEGIN
    SELECT RAISE(ABORT, 'a step never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER departure_steps_no_delete BEFORE DELETE ON departure_steps
BEGIN
    SELECT RAISE(ABORT, 'a step is never deleted');
END;
-- +goose StatementEnd
