-- +goose Up
-- Searches of the acts that somebody wants to make again.
CREATE TABLE act_searches (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id), -- whose it is; only they change it
    name       TEXT    NOT NULL,
    query      TEXT    NOT NULL, -- the conditions, as the address of the screen bears them
    shared     INTEGER NOT NULL CHECK (shared IN (0, 1)), -- everybody who reads acts sees it
    name_key   TEXT    NOT NULL, -- case-folded
    updated_at INTEGER NOT NULL  -- µs since 1970 UTC
) STRICT;
CREATE UNIQUE INDEX act_searches_name ON act_searches (person, name_key);
