-- +goose Up
-- Segments on their way from one volume or tier to another. While a row stands there
-- may be two copies.
CREATE TABLE tier_moves (
    file   TEXT    NOT NULL PRIMARY KEY,
    source TEXT    NOT NULL,
    target TEXT    NOT NULL,
    at     INTEGER NOT NULL -- µs since 1970 UTC
) STRICT, WITHOUT ROWID;

-- Journals of past days that a tier has a copy of.
CREATE TABLE tier_journals (
    tier   TEXT    NOT NULL,
    volume TEXT    NOT NULL,
    camera TEXT    NOT NULL,
    day    TEXT    NOT NULL,
    bytes  INTEGER NOT NULL, -- size of the copy
    PRIMARY KEY (tier, camera, volume, day)
) STRICT, WITHOUT ROWID;
