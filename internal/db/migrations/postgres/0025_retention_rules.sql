-- +goose Up
-- What must be kept for how long, and what may go when. A rule is never changed: a
-- new row takes its place from in_force_at on. Rows without in_force_at wait for a
-- second person, or were turned down.
CREATE TABLE retention_rules (
    id          TEXT    NOT NULL PRIMARY KEY,
    camera      TEXT    NOT NULL, -- empty: for all cameras without a rule of their own
    class       TEXT    NOT NULL, -- main
    inherits    TEXT    NOT NULL, -- yes: from here on the camera follows the rule for all
    min_days    BIGINT NOT NULL,
    min_basis   TEXT    NOT NULL,
    min_note    TEXT    NOT NULL,
    max_days    BIGINT,          -- null: kept until space is needed
    max_basis   TEXT    NOT NULL,
    max_note    TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    existing    TEXT    NOT NULL, -- yes: also for footage recorded under a higher minimum
    asked_by    TEXT    NOT NULL,
    asked_at    BIGINT NOT NULL, -- µs since 1970 UTC
    decided_by  TEXT,
    decided_at  BIGINT,
    decision    TEXT,             -- approved, rejected, withdrawn
    note        TEXT    NOT NULL,
    in_force_at BIGINT
);
CREATE INDEX retention_rules_in_force ON retention_rules (class, camera, in_force_at);
CREATE UNIQUE INDEX retention_rules_waiting ON retention_rules (class, camera) WHERE in_force_at IS NULL AND decided_at IS NULL;

CREATE TRIGGER retention_rules_no_update BEFORE UPDATE OF id, camera, class, inherits, min_days, min_basis, min_note, max_days, max_basis, max_note, reason, existing, asked_by, asked_at ON retention_rules FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_rules_no_delete BEFORE DELETE ON retention_rules FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_rules_no_truncate BEFORE TRUNCATE ON retention_rules FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_rules_decide_once BEFORE UPDATE OF decided_at ON retention_rules FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL OR OLD.in_force_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
