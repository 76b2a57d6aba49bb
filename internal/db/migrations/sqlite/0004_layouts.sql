-- +goose Up
CREATE TABLE layouts (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL, -- case-folded
    size       INTEGER NOT NULL,
    cells      TEXT    NOT NULL, -- JSON array of camera ids and nulls
    shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX layouts_name ON layouts (person, name_key);
