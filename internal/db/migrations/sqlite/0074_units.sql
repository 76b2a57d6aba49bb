-- +goose Up
-- Departments and companies. What is below nothing has an empty parent.
CREATE TABLE units (
    id          TEXT NOT NULL PRIMARY KEY,
    parent      TEXT NOT NULL, -- unit
    kind        TEXT NOT NULL, -- department, guard_company, maintenance_company, outside
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL, -- case-folded
    code        TEXT NOT NULL, -- empty: none
    code_key    TEXT NOT NULL,
    responsible TEXT NOT NULL, -- person; empty: nobody yet
    note        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    retired_at  INTEGER
) STRICT;
-- A retired unit gives its name and its code free.
CREATE UNIQUE INDEX units_name ON units (parent, name_key) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX units_code ON units (code_key) WHERE retired_at IS NULL AND code_key <> '';

-- By what a company works here. A unit has one that runs at a time.
CREATE TABLE contracts (
    id         TEXT NOT NULL PRIMARY KEY,
    unit       TEXT NOT NULL REFERENCES units (id),
    number     TEXT NOT NULL,
    until      INTEGER NOT NULL, -- µs, exclusive
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    ended_by   TEXT NOT NULL, -- person
    reason     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX contracts_running ON contracts (unit) WHERE ended_at IS NULL;

ALTER TABLE people ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN valid_from INTEGER;
ALTER TABLE people ADD COLUMN valid_until INTEGER; -- exclusive
CREATE INDEX people_unit ON people (unit);

-- What is known of a person besides the account. Days are written as 2026-11-22 in the
-- time zone of the site; empty is not known.
CREATE TABLE person_files (
    person              TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    phone               TEXT NOT NULL,
    licence             TEXT NOT NULL, -- of a guard
    licence_until       TEXT NOT NULL,
    licence_pending     TEXT NOT NULL, -- in application, good until this day
    qualification       TEXT NOT NULL,
    qualification_until TEXT NOT NULL,
    vetted_on           TEXT NOT NULL,
    pledge_until        TEXT NOT NULL
) STRICT;
CREATE TABLE person_photos (
    person TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    jpeg   BLOB NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
