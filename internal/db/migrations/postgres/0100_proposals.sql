-- +goose Up
-- What one person proposes and another decides on, once: of purposes, of the positions of
-- people, of the security grades of cameras. Times are µs since 1970 UTC.
CREATE TABLE proposals (
    id           TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('purpose', 'positions', 'grade')),
    subject      TEXT NOT NULL, -- code of the purpose, id of the person or the camera
    step         TEXT NOT NULL CHECK (step IN ('', 'add', 'change', 'restore')),
    value_before TEXT NOT NULL, -- JSON; empty where nothing was before
    value_after  TEXT NOT NULL, -- JSON
    reason       TEXT NOT NULL,
    proposed_by  TEXT REFERENCES people (id), -- NULL: a directory
    proposed_at  BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    decided_by   TEXT REFERENCES people (id), -- NULL of what a directory takes back
    decided_at   BIGINT,
    note         TEXT NOT NULL,
    CHECK ((state = 'proposed') = (decided_at IS NULL) AND (state <> 'proposed' OR decided_by IS NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by IS NOT NULL AND (proposed_by IS NULL OR decided_by <> proposed_by)),
    CHECK (kind <> 'positions' OR state NOT IN ('approved', 'rejected') OR decided_by <> subject)
);
INSERT INTO proposals (id, kind, subject, step, value_before, value_after, reason, proposed_by, proposed_at, state, decided_by, decided_at, note)
    SELECT id, 'purpose', purpose, step, value_before, value_after, reason, proposed_by, proposed_at, state, decided_by, decided_at, note FROM purpose_proposals;
DROP TABLE purpose_proposals;
CREATE INDEX proposals_proposed_at ON proposals (proposed_at);
CREATE UNIQUE INDEX proposals_open ON proposals (kind, subject) WHERE state = 'proposed';

CREATE TRIGGER proposals_no_update BEFORE UPDATE OF id, kind, subject, step, value_before, value_after, reason, proposed_by, proposed_at ON proposals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposals_no_delete BEFORE DELETE ON proposals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposals_no_truncate BEFORE TRUNCATE ON proposals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposals_decide_once BEFORE UPDATE ON proposals FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change();

-- Positions that one person gave alone: at the set-up, or on the machine itself.
ALTER TABLE people_positions ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
-- Since when somebody could confirm what another gives (µs): the set-up is over for good. At
-- most one row.
CREATE TABLE positions_confirmed (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    since BIGINT NOT NULL
);
INSERT INTO positions_confirmed (id, since)
    SELECT 1, MIN(since_at) FROM people_positions WHERE position IN ('supervisor', 'leader') HAVING COUNT(*) > 0;
CREATE TRIGGER positions_confirmed_no_change BEFORE UPDATE OR DELETE ON positions_confirmed FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER positions_confirmed_no_truncate BEFORE TRUNCATE ON positions_confirmed FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
