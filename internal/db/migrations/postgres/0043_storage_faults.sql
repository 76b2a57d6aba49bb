-- +goose Up
-- Faults of the storage, open until recording runs and the oldest footage is proved.
CREATE TABLE storage_faults (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL, -- µs since 1970 UTC
    kind    TEXT   NOT NULL, -- volume_full, volume_failing, tier_away, retention_at_risk
    subject TEXT   NOT NULL, -- volume, tier or camera
    detail  TEXT   NOT NULL, -- JSON object
    closed  BIGINT           -- set once
);
CREATE UNIQUE INDEX storage_faults_open ON storage_faults (kind, subject) WHERE closed IS NULL;
CREATE INDEX storage_faults_at ON storage_faults (at);

CREATE TABLE storage_fault_entries (
    id     TEXT   NOT NULL PRIMARY KEY,
    fault  TEXT   NOT NULL REFERENCES storage_faults (id),
    at     BIGINT NOT NULL,
    kind   TEXT   NOT NULL, -- opened, repeated, escalated, acknowledged, over, back, unproved, closed
    person TEXT   NOT NULL, -- empty: the program
    detail TEXT   NOT NULL  -- JSON object
);
CREATE INDEX storage_fault_entries_fault ON storage_fault_entries (fault, at);

CREATE TRIGGER storage_fault_entries_no_update BEFORE UPDATE ON storage_fault_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_fault_entries_no_delete BEFORE DELETE ON storage_fault_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_fault_entries_no_truncate BEFORE TRUNCATE ON storage_fault_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_faults_no_delete BEFORE DELETE ON storage_faults FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_faults_no_truncate BEFORE TRUNCATE ON storage_faults FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_faults_no_update BEFORE UPDATE OF id, at, kind, subject, detail ON storage_faults FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER storage_faults_ends_once BEFORE UPDATE OF closed ON storage_faults FOR EACH ROW WHEN (OLD.closed IS NOT NULL) EXECUTE FUNCTION refuse_change();
