-- +goose Up
-- Instructions and notices of leaders to control rooms. Of one only changes where it stands, who sees
-- to it, and who still has to sign for it; what was said, done and read are rows that stay.
CREATE TABLE instructions (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL CHECK (kind IN ('instruction', 'notice')),
    at           BIGINT  NOT NULL, -- when it was entered
    said_at      BIGINT  NOT NULL, -- when it was given; at, unless it was told by telephone
    by_person    TEXT    NOT NULL REFERENCES people (id),
    giver        TEXT    NOT NULL REFERENCES people (id), -- in whose name
    text         TEXT    NOT NULL,
    until        BIGINT  NOT NULL, -- valid until; 0: without end
    state        TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'withdrawn')),
    owner        TEXT    NOT NULL, -- person who sees to it; empty: nobody yet
    due          BIGINT  NOT NULL, -- 0: no day was named
    awaits       TEXT    NOT NULL, -- person who is to countersign; empty: nobody
    awaits_until BIGINT  NOT NULL
);
CREATE INDEX instructions_awaits ON instructions (awaits) WHERE awaits <> '';

CREATE TABLE instruction_rooms (
    instruction TEXT NOT NULL REFERENCES instructions (id),
    room        TEXT NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (instruction, room)
);
CREATE INDEX instruction_rooms_room ON instruction_rooms (room, instruction);

-- Who confirmed that they read one.
CREATE TABLE instruction_reads (
    instruction TEXT    NOT NULL REFERENCES instructions (id),
    person      TEXT    NOT NULL REFERENCES people (id),
    at          BIGINT  NOT NULL,
    PRIMARY KEY (instruction, person)
);

-- What was done with one, one after the other.
CREATE TABLE instruction_steps (
    instruction TEXT    NOT NULL REFERENCES instructions (id),
    seq         BIGINT  NOT NULL, -- 1, 2, 3…
    kind        TEXT    NOT NULL CHECK (kind IN ('assigned', 'countersigned', 'denied', 'result', 'closed', 'withdrawn')),
    at          BIGINT  NOT NULL,
    by_person   TEXT    NOT NULL REFERENCES people (id),
    note        TEXT    NOT NULL,
    owner       TEXT    NOT NULL,
    due         BIGINT  NOT NULL,
    PRIMARY KEY (instruction, seq)
);

CREATE TRIGGER instructions_no_update BEFORE UPDATE OF id, kind, at, said_at, by_person, giver, text, until ON instructions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instructions_no_delete BEFORE DELETE ON instructions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instructions_no_truncate BEFORE TRUNCATE ON instructions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_rooms_no_update BEFORE UPDATE ON instruction_rooms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_rooms_no_delete BEFORE DELETE ON instruction_rooms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_rooms_no_truncate BEFORE TRUNCATE ON instruction_rooms FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_reads_no_update BEFORE UPDATE ON instruction_reads FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_reads_no_delete BEFORE DELETE ON instruction_reads FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_reads_no_truncate BEFORE TRUNCATE ON instruction_reads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_steps_no_update BEFORE UPDATE ON instruction_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_steps_no_delete BEFORE DELETE ON instruction_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER instruction_steps_no_truncate BEFORE TRUNCATE ON instruction_steps FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
