-- +goose Up
-- The oldest footage of every camera is read once a week and held against its root.
CREATE TABLE retention_proofs (
    camera   TEXT    NOT NULL,
    at       BIGINT NOT NULL, -- µs since 1970 UTC, when it was read
    start_at BIGINT NOT NULL, -- of the segment that was read; 0: there was none
    end_at   BIGINT NOT NULL,
    file     TEXT    NOT NULL,
    parts    BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    verdict  TEXT    NOT NULL, -- ok, missing, damaged, unreadable, empty
    detail   TEXT    NOT NULL,
    PRIMARY KEY (camera, at)
);

CREATE TRIGGER retention_proofs_no_update BEFORE UPDATE ON retention_proofs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_proofs_no_delete BEFORE DELETE ON retention_proofs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_proofs_no_truncate BEFORE TRUNCATE ON retention_proofs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
