-- +goose Up
-- Proposals to change parameters of the institution, and what others decided on them.
CREATE TABLE parameter_proposals (
    id          TEXT    NOT NULL PRIMARY KEY,
    pack        TEXT    NOT NULL, -- the pack that is chosen; empty for single values
    reason      TEXT    NOT NULL,
    proposed_by TEXT    NOT NULL,
    proposed_at INTEGER NOT NULL, -- µs since 1970 UTC
    needs       INTEGER NOT NULL, -- approvals
    state       TEXT    NOT NULL, -- proposed, approved, rejected, withdrawn
    decided_at  INTEGER           -- when the last word was said
) STRICT;
CREATE INDEX parameter_proposals_proposed_at ON parameter_proposals (proposed_at);
CREATE INDEX parameter_proposals_open ON parameter_proposals (proposed_at) WHERE state = 'proposed';

CREATE TABLE parameter_changes (
    proposal     TEXT NOT NULL REFERENCES parameter_proposals (id),
    key          TEXT NOT NULL,
    value_before TEXT NOT NULL, -- JSON
    value_after  TEXT NOT NULL, -- JSON
    origin       TEXT NOT NULL, -- own, pack, default
    clause       TEXT NOT NULL,
    PRIMARY KEY (proposal, key)
) STRICT;

CREATE TABLE parameter_decisions (
    proposal TEXT    NOT NULL REFERENCES parameter_proposals (id),
    person   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    decision TEXT    NOT NULL, -- approved, rejected, withdrawn
    note     TEXT    NOT NULL,
    PRIMARY KEY (proposal, person, decision)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER parameter_proposals_no_update BEFORE UPDATE OF id, pack, reason, proposed_by, proposed_at, needs ON parameter_proposals
BEGIN
    SELECT RAISE(ABORT, 'parameter_proposals are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER parameter_proposals_no_delete BEFORE DELETE ON parameter_proposals
BEGIN
    SELECT RAISE(ABORT, 'parameter_proposals are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER parameter_proposals_decide_once BEFORE UPDATE OF state, decided_at ON parameter_proposals WHEN OLD.state <> 'proposed'
BEGIN
    SELECT RAISE(ABORT, 'parameter_proposals are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER parameter_changes_no_update BEFORE UPDATE ON parameter_changes
BEGIN
    SELECT RAISE(ABORT, 'parameter_changes are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER parameter_changes_no_delete BEFORE DELETE ON parameter_changes
BEGIN
    SELECT RAISE(ABORT, 'parameter_changes are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER parameter_decisions_no_update BEFORE UPDATE ON parameter_decisions
BEGIN
    SELECT RAISE(ABORT, 'parameter_decisions are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER parameter_decisions_no_delete BEFORE DELETE ON parameter_decisions
BEGIN
    SELECT RAISE(ABORT, 'parameter_decisions are append-only');
END;
-- +goose StatementEnd
