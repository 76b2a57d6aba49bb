-- +goose Up
-- Which cameras watch a control room. A mark is ended, never deleted: who watches would be let
-- near the pictures of their own room.
CREATE TABLE control_rooms (
    camera    TEXT    NOT NULL PRIMARY KEY REFERENCES cameras (id),
    name      TEXT    NOT NULL, -- of the room
    networks  TEXT    NOT NULL, -- JSON; addresses and networks of the computers in it
    marked_by TEXT    NOT NULL, -- person; empty from the command line
    marked_at INTEGER NOT NULL,
    ended_by  TEXT    NOT NULL, -- likewise
    ended_at  INTEGER NOT NULL  -- 0: it watches the room
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER control_rooms_no_delete BEFORE DELETE ON control_rooms
BEGIN
    SELECT RAISE(ABORT, 'a mark is ended, never deleted');
END;
-- +goose StatementEnd

CREATE TABLE proposals_anew (
    id           TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('purpose', 'positions', 'grade', 'area', 'parent', 'mask', 'schedule', 'room')),
    subject      TEXT NOT NULL, -- code of the purpose, id of the person, the camera or the area; 'site'
    step         TEXT NOT NULL CHECK (step IN ('', 'add', 'change', 'restore')),
    value_before TEXT NOT NULL, -- JSON; empty where nothing was before
    value_after  TEXT NOT NULL, -- JSON
    reason       TEXT NOT NULL,
    proposed_by  TEXT REFERENCES people (id), -- NULL: a directory
    proposed_at  INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    decided_by   TEXT REFERENCES people (id), -- NULL of what a directory takes back
    decided_at   INTEGER,
    note         TEXT NOT NULL,
    CHECK ((state = 'proposed') = (decided_at IS NULL) AND (state <> 'proposed' OR decided_by IS NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by IS NOT NULL AND (proposed_by IS NULL OR decided_by <> proposed_by)),
    CHECK (kind <> 'positions' OR state NOT IN ('approved', 'rejected') OR decided_by <> subject)
) STRICT;
INSERT INTO proposals_anew (id, kind, subject, step, value_before, value_after, reason, proposed_by, proposed_at, state, decided_by, decided_at, note)
    SELECT id, kind, subject, step, value_before, value_after, reason, proposed_by, proposed_at, state, decided_by, decided_at, note FROM proposals;
DROP TABLE proposals;
ALTER TABLE proposals_anew RENAME TO proposals;
CREATE INDEX proposals_proposed_at ON proposals (proposed_at);
CREATE UNIQUE INDEX proposals_open ON proposals (kind, subject) WHERE state = 'proposed';

-- +goose StatementBegin
CREATE TRIGGER proposals_no_update BEFORE UPDATE OF id, kind, subject, step, value_before, value_after, reason, proposed_by, proposed_at ON proposals
BEGIN
    SELECT RAISE(ABORT, 'what was proposed never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_no_delete BEFORE DELETE ON proposals
BEGIN
    SELECT RAISE(ABORT, 'proposals are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_decide_once BEFORE UPDATE ON proposals WHEN OLD.state <> 'proposed'
BEGIN
    SELECT RAISE(ABORT, 'a proposal is decided once');
END;
-- +goose StatementEnd
