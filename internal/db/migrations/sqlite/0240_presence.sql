-- +goose Up
-- Prompts that ask whether somebody is there, and short absences from a watch.
CREATE TABLE presence_prompts (
    id          TEXT    NOT NULL PRIMARY KEY,
    room        TEXT    NOT NULL REFERENCES rooms (id),
    person      TEXT    NOT NULL REFERENCES people (id),
    attendance  TEXT    NOT NULL REFERENCES attendances (id),
    at          INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    tile        INTEGER NOT NULL, -- 1 to 9: the key that is asked for; 0: any
    shown_at    INTEGER,          -- when a screen of the person showed it
    outcome     TEXT    NOT NULL CHECK (outcome IN ('', 'answered', 'missed', 'void')),
    outcome_at  INTEGER,
    told        INTEGER NOT NULL, -- how far a missed one went: 1 the room, 2 the duty lead, 3 the supervisor
    CHECK ((outcome = '') = (outcome_at IS NULL))
) STRICT;
CREATE INDEX presence_prompts_room ON presence_prompts (room, at);
CREATE UNIQUE INDEX presence_prompts_open ON presence_prompts (attendance) WHERE outcome = '';

-- What a duty lead says of a missed one.
CREATE TABLE presence_judgements (
    prompt  TEXT    NOT NULL PRIMARY KEY REFERENCES presence_prompts (id),
    person  TEXT    NOT NULL REFERENCES people (id),
    at      INTEGER NOT NULL,
    verdict TEXT    NOT NULL CHECK (verdict IN ('asleep', 'away', 'working', 'fault')),
    note    TEXT    NOT NULL
) STRICT;

CREATE TABLE absences (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    at         INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    cover      TEXT    NOT NULL, -- person who is signed on there; empty: nobody is
    elsewhere  TEXT    NOT NULL, -- where alarms ring while nobody is there
    reason     TEXT    NOT NULL,
    ended_at   INTEGER,
    overdue    INTEGER NOT NULL CHECK (overdue IN (0, 1)) -- it was told that it lasts too long
) STRICT;
CREATE INDEX absences_room ON absences (room, at);
CREATE UNIQUE INDEX absences_open ON absences (attendance) WHERE ended_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER presence_prompts_no_update BEFORE UPDATE OF id, room, person, attendance, at, due, tile ON presence_prompts
BEGIN
    SELECT RAISE(ABORT, 'what was asked never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER presence_prompts_end_once BEFORE UPDATE OF outcome, outcome_at, shown_at ON presence_prompts WHEN OLD.outcome <> ''
BEGIN
    SELECT RAISE(ABORT, 'a prompt ends once');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER presence_prompts_no_delete BEFORE DELETE ON presence_prompts
BEGIN
    SELECT RAISE(ABORT, 'a prompt is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER presence_judgements_no_update BEFORE UPDATE ON presence_judgements
BEGIN
    SELECT RAISE(ABORT, 'a judgement never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER presence_judgements_no_delete BEFORE DELETE ON presence_judgements
BEGIN
    SELECT RAISE(ABORT, 'a judgement is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER absences_no_update BEFORE UPDATE OF id, room, person, attendance, at, due, cover, elsewhere, reason ON absences
BEGIN
    SELECT RAISE(ABORT, 'that somebody was away never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER absences_end_once BEFORE UPDATE ON absences WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an absence ends once');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER absences_no_delete BEFORE DELETE ON absences
BEGIN
    SELECT RAISE(ABORT, 'that somebody was away is never deleted');
END;
-- +goose StatementEnd
