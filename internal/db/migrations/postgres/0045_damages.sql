-- +goose Up
-- Footage that was found to be another than was recorded, or gone without a word.
CREATE TABLE footage_damages (
    file       TEXT   NOT NULL PRIMARY KEY, -- below the volume's folder
    camera     TEXT   NOT NULL,
    start_at   BIGINT NOT NULL, -- µs since 1970 UTC, of the footage
    end_at     BIGINT NOT NULL,
    kind       TEXT   NOT NULL, -- altered, missing
    found_by   TEXT   NOT NULL, -- start, check, move
    found_at   BIGINT NOT NULL, -- when it was first found
    seen_at    BIGINT NOT NULL, -- and last
    mended_at  BIGINT           -- when it was read and was right again
);
CREATE INDEX footage_damages_standing ON footage_damages (camera) WHERE mended_at IS NULL;

CREATE TRIGGER footage_damages_no_delete BEFORE DELETE ON footage_damages FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER footage_damages_no_truncate BEFORE TRUNCATE ON footage_damages FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
