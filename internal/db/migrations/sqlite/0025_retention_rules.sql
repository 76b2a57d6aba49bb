-- +goose Up
-- What must be kept for how long, and what may go when. A rule is never changed: a
-- new row takes its place from in_force_at on. Rows without in_force_at wait for a
-- second person, or were turned down.
CREATE TABLE retention_rules (
    id          TEXT    NOT NULL PRIMARY KEY,
    camera      TEXT    NOT NULL, -- empty: for all cameras without a rule of their own
    class       TEXT    NOT NULL, -- main
    inherits    TEXT    NOT NULL, -- yes: from here on the camera follows the rule for all
    min_days    INTEGER NOT NULL,
    min_basis   TEXT    NOT NULL,
    min_note    TEXT    NOT NULL,
    max_days    INTEGER,          -- null: kept until space is needed
    max_basis   TEXT    NOT NULL,
    max_note    TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    existing    TEXT    NOT NULL, -- yes: also for footage recorded under a higher minimum
    asked_by    TEXT    NOT NULL,
    asked_at    INTEGER NOT NULL, -- µs since 1970 UTC
    decided_by  TEXT,
    decided_at  INTEGER,
    decision    TEXT,             -- approved, rejected, withdrawn
    note        TEXT    NOT NULL,
    in_force_at INTEGER
) STRICT;
CREATE INDEX retention_rules_in_force ON retention_rules (class, camera, in_force_at);
CREATE UNIQUE INDEX retention_rules_waiting ON retention_rules (class, camera) WHERE in_force_at IS NULL AND decided_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER retention_rules_no_update BEFORE UPDATE OF id, camera, class, inherits, min_days, min_basis, min_note, max_days, max_basis, max_note, reason, existing, asked_by, asked_at ON retention_rules
BEGIN
    SELECT RAISE(ABORT, 'retention_rules are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER retention_rules_no_delete BEFORE DELETE ON retention_rules
BEGIN
    SELECT RAISE(ABORT, 'retention_rules are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER retention_rules_decide_once BEFORE UPDATE OF decided_at ON retention_rules WHEN OLD.decided_at IS NOT NULL OR OLD.in_force_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'retention_rules are append-only');
END;
-- +goose StatementEnd
