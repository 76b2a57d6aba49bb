-- +goose Up
-- Faults of the storage, open until recording runs and the oldest footage is proved.
CREATE TABLE storage_faults (
    id      TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL, -- µs since 1970 UTC
    kind    TEXT    NOT NULL, -- volume_full, volume_failing, tier_away, retention_at_risk
    subject TEXT    NOT NULL, -- volume, tier or camera
    detail  TEXT    NOT NULL, -- JSON object
    closed  INTEGER           -- set once
) STRICT;
CREATE UNIQUE INDEX storage_faults_open ON storage_faults (kind, subject) WHERE closed IS NULL;
CREATE INDEX storage_faults_at ON storage_faults (at);

CREATE TABLE storage_fault_entries (
    id     TEXT    NOT NULL PRIMARY KEY,
    fault  TEXT    NOT NULL REFERENCES storage_faults (id),
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL, -- opened, repeated, escalated, acknowledged, over, back, unproved, closed
    person TEXT    NOT NULL, -- empty: the program
    detail TEXT    NOT NULL  -- JSON object
) STRICT;
CREATE INDEX storage_fault_entries_fault ON storage_fault_entries (fault, at);

-- +goose StatementBegin
CREATE TRIGGER storage_fault_entries_no_update BEFORE UPDATE ON storage_fault_entries
BEGIN
    SELECT RAISE(ABORT, 'storage faults are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER storage_fault_entries_no_delete BEFORE DELETE ON storage_fault_entries
BEGIN
    SELECT RAISE(ABORT, 'storage faults are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER storage_faults_no_delete BEFORE DELETE ON storage_faults
BEGIN
    SELECT RAISE(ABORT, 'storage faults are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER storage_faults_no_update BEFORE UPDATE OF id, at, kind, subject, detail ON storage_faults
BEGIN
    SELECT RAISE(ABORT, 'storage faults are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER storage_faults_ends_once BEFORE UPDATE OF closed ON storage_faults WHEN OLD.closed IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'storage faults are append-only');
END;
-- +goose StatementEnd
