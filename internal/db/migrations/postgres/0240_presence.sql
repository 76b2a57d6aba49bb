-- +goose Up
-- Prompts that ask whether somebody is there, and short absences from a watch.
CREATE TABLE presence_prompts (
    id          TEXT    NOT NULL PRIMARY KEY,
    room        TEXT    NOT NULL REFERENCES rooms (id),
    person      TEXT    NOT NULL REFERENCES people (id),
    attendance  TEXT    NOT NULL REFERENCES attendances (id),
    at          BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    tile        INTEGER NOT NULL, -- 1 to 9: the key that is asked for; 0: any
    shown_at    BIGINT,          -- when a screen of the person showed it
    outcome     TEXT    NOT NULL CHECK (outcome IN ('', 'answered', 'missed', 'void')),
    outcome_at  BIGINT,
    told        INTEGER NOT NULL, -- how far a missed one went: 1 the room, 2 the duty lead, 3 the supervisor
    CHECK ((outcome = '') = (outcome_at IS NULL))
);
CREATE INDEX presence_prompts_room ON presence_prompts (room, at);
CREATE UNIQUE INDEX presence_prompts_open ON presence_prompts (attendance) WHERE outcome = '';

-- What a duty lead says of a missed one.
CREATE TABLE presence_judgements (
    prompt  TEXT    NOT NULL PRIMARY KEY REFERENCES presence_prompts (id),
    person  TEXT    NOT NULL REFERENCES people (id),
    at      BIGINT NOT NULL,
    verdict TEXT    NOT NULL CHECK (verdict IN ('asleep', 'away', 'working', 'fault')),
    note    TEXT    NOT NULL
);

CREATE TABLE absences (
    id         TEXT    NOT NULL PRIMARY KEY,
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    at         BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    cover      TEXT    NOT NULL, -- person who is signed on there; empty: nobody is
    elsewhere  TEXT    NOT NULL, -- where alarms ring while nobody is there
    reason     TEXT    NOT NULL,
    ended_at   BIGINT,
    overdue    BOOLEAN NOT NULL -- it was told that it lasts too long
);
CREATE INDEX absences_room ON absences (room, at);
CREATE UNIQUE INDEX absences_open ON absences (attendance) WHERE ended_at IS NULL;

CREATE TRIGGER presence_prompts_no_update BEFORE UPDATE OF id, room, person, attendance, at, due, tile ON presence_prompts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_prompts_end_once BEFORE UPDATE OF outcome, outcome_at, shown_at ON presence_prompts FOR EACH ROW WHEN (OLD.outcome <> '') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_prompts_no_delete BEFORE DELETE ON presence_prompts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_prompts_no_truncate BEFORE TRUNCATE ON presence_prompts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_judgements_no_update BEFORE UPDATE ON presence_judgements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_judgements_no_delete BEFORE DELETE ON presence_judgements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER presence_judgements_no_truncate BEFORE TRUNCATE ON presence_judgements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER absences_no_update BEFORE UPDATE OF id, room, person, attendance, at, due, cover, elsewhere, reason ON absences FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER absences_end_once BEFORE UPDATE ON absences FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER absences_no_delete BEFORE DELETE ON absences FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER absences_no_truncate BEFORE TRUNCATE ON absences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
