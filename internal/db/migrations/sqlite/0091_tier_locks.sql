-- +goose Up
-- Until when a tier does not let a file be removed, as far as that is known: since it was
-- put there, or since the tier was asked.
CREATE TABLE tier_locks (
    file     TEXT   NOT NULL,
    tier     TEXT   NOT NULL,
    until_at INTEGER NOT NULL, -- µs since 1970 UTC; 0: it was not locked when asked
    PRIMARY KEY (file, tier)
) STRICT, WITHOUT ROWID;

-- Where the file lay when its removal was written down; NULL: nobody knows.
ALTER TABLE tombstones ADD COLUMN place TEXT;

-- Until when the copy of a journal is locked, µs since 1970 UTC; 0: it is not. NULL: it was
-- put there by a version that locked none.
ALTER TABLE tier_journals ADD COLUMN until_at INTEGER;
