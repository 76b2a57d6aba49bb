-- +goose Up
-- Footage that was found to be another than was recorded, or gone without a word.
CREATE TABLE footage_damages (
    file       TEXT    NOT NULL PRIMARY KEY, -- below the volume's folder
    camera     TEXT    NOT NULL,
    start_at   INTEGER NOT NULL, -- µs since 1970 UTC, of the footage
    end_at     INTEGER NOT NULL,
    kind       TEXT    NOT NULL, -- altered, missing
    found_by   TEXT    NOT NULL, -- start, check, move
    found_at   INTEGER NOT NULL, -- when it was first found
    seen_at    INTEGER NOT NULL, -- and last
    mended_at  INTEGER           -- when it was read and was right again
) STRICT;
CREATE INDEX footage_damages_standing ON footage_damages (camera) WHERE mended_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER footage_damages_no_delete BEFORE DELETE ON footage_damages
BEGIN
    SELECT RAISE(ABORT, 'footage_damages are append-only');
END;
-- +goose StatementEnd
