-- +goose Up
-- Searches of the acts that somebody wants to make again.
CREATE TABLE act_searches (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id), -- whose it is; only they change it
    name       TEXT    NOT NULL,
    query      TEXT    NOT NULL, -- the conditions, as the address of the screen bears them
    shared     BOOLEAN NOT NULL, -- everybody who reads acts sees it
    name_key   TEXT    NOT NULL, -- case-folded
    updated_at BIGINT  NOT NULL  -- µs since 1970 UTC
);
CREATE UNIQUE INDEX act_searches_name ON act_searches (person, name_key);
