-- +goose Up
-- The oldest footage of every camera is read once a week and held against its root.
CREATE TABLE retention_proofs (
    camera   TEXT    NOT NULL,
    at       INTEGER NOT NULL, -- µs since 1970 UTC, when it was read
    start_at INTEGER NOT NULL, -- of the segment that was read; 0: there was none
    end_at   INTEGER NOT NULL,
    file     TEXT    NOT NULL,
    parts    INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    verdict  TEXT    NOT NULL, -- ok, missing, damaged, unreadable, empty
    detail   TEXT    NOT NULL,
    PRIMARY KEY (camera, at)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER retention_proofs_no_update BEFORE UPDATE ON retention_proofs
BEGIN
    SELECT RAISE(ABORT, 'retention_proofs are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER retention_proofs_no_delete BEFORE DELETE ON retention_proofs
BEGIN
    SELECT RAISE(ABORT, 'retention_proofs are append-only');
END;
-- +goose StatementEnd
