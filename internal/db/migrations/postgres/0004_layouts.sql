-- +goose Up
CREATE TABLE layouts (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL, -- case-folded
    size       BIGINT  NOT NULL,
    cells      TEXT    NOT NULL, -- JSON array of camera ids and nulls
    shared     BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX layouts_name ON layouts (person, name_key);
