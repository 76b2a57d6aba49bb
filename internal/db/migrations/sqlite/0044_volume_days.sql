-- +goose Up
-- How full each volume was, one row a day of the site's zone, the newest measure of it.
CREATE TABLE volume_days (
    volume TEXT    NOT NULL,
    day    TEXT    NOT NULL, -- 2026-11-22
    at     INTEGER NOT NULL, -- µs since 1970 UTC
    used   INTEGER NOT NULL, -- bytes on it that are not free
    free   INTEGER NOT NULL,
    total  INTEGER NOT NULL,
    PRIMARY KEY (volume, day)
) STRICT, WITHOUT ROWID;
