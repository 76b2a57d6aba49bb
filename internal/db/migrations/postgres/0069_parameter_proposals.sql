-- +goose Up
-- Proposals to change parameters of the institution, and what others decided on them.
CREATE TABLE parameter_proposals (
    id          TEXT    NOT NULL PRIMARY KEY,
    pack        TEXT    NOT NULL, -- the pack that is chosen; empty for single values
    reason      TEXT    NOT NULL,
    proposed_by TEXT    NOT NULL,
    proposed_at BIGINT NOT NULL, -- µs since 1970 UTC
    needs       BIGINT NOT NULL, -- approvals
    state       TEXT    NOT NULL, -- proposed, approved, rejected, withdrawn
    decided_at  BIGINT           -- when the last word was said
);
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
);

CREATE TABLE parameter_decisions (
    proposal TEXT    NOT NULL REFERENCES parameter_proposals (id),
    person   TEXT    NOT NULL,
    at       BIGINT NOT NULL,
    decision TEXT    NOT NULL, -- approved, rejected, withdrawn
    note     TEXT    NOT NULL,
    PRIMARY KEY (proposal, person, decision)
);

CREATE TRIGGER parameter_proposals_no_update BEFORE UPDATE OF id, pack, reason, proposed_by, proposed_at, needs ON parameter_proposals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_proposals_no_delete BEFORE DELETE ON parameter_proposals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_proposals_no_truncate BEFORE TRUNCATE ON parameter_proposals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_proposals_decide_once BEFORE UPDATE OF state, decided_at ON parameter_proposals FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change();

CREATE TRIGGER parameter_changes_no_update BEFORE UPDATE ON parameter_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_changes_no_delete BEFORE DELETE ON parameter_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_changes_no_truncate BEFORE TRUNCATE ON parameter_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER parameter_decisions_no_update BEFORE UPDATE ON parameter_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_decisions_no_delete BEFORE DELETE ON parameter_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_decisions_no_truncate BEFORE TRUNCATE ON parameter_decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
