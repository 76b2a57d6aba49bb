-- +goose Up
-- Proposals to let footage be looked at for a purpose with less asked, or farther back, and
-- what another person decided on them, once. Times are µs since 1970 UTC.
CREATE TABLE purpose_proposals (
    id           TEXT    NOT NULL PRIMARY KEY,
    purpose      TEXT    NOT NULL, -- its code; of a step add there is no such purpose before
    step         TEXT    NOT NULL CHECK (step IN ('add', 'change', 'restore')),
    value_before TEXT    NOT NULL, -- JSON; empty of a step add
    value_after  TEXT    NOT NULL, -- JSON
    reason       TEXT    NOT NULL,
    proposed_by  TEXT    NOT NULL REFERENCES people (id),
    proposed_at  INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn')),
    decided_by   TEXT             REFERENCES people (id),
    decided_at   INTEGER,
    note         TEXT    NOT NULL,
    CHECK ((state = 'proposed') = (decided_by IS NULL) AND (state = 'proposed') = (decided_at IS NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by)
) STRICT;
CREATE INDEX purpose_proposals_proposed_at ON purpose_proposals (proposed_at);
CREATE UNIQUE INDEX purpose_proposals_open ON purpose_proposals (purpose) WHERE state = 'proposed';

-- +goose StatementBegin
CREATE TRIGGER purpose_proposals_no_update BEFORE UPDATE OF id, purpose, step, value_before, value_after, reason, proposed_by, proposed_at ON purpose_proposals
BEGIN
    SELECT RAISE(ABORT, 'what was proposed never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER purpose_proposals_no_delete BEFORE DELETE ON purpose_proposals
BEGIN
    SELECT RAISE(ABORT, 'proposals are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER purpose_proposals_decide_once BEFORE UPDATE ON purpose_proposals WHEN OLD.state <> 'proposed'
BEGIN
    SELECT RAISE(ABORT, 'a proposal is decided once');
END;
-- +goose StatementEnd
