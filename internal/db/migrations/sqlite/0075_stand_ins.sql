-- +goose Up
-- Guards of a company whom a duty lead let in for one shift.
CREATE TABLE stand_ins (
    id           TEXT NOT NULL PRIMARY KEY,
    person       TEXT NOT NULL REFERENCES people (id),
    unit         TEXT NOT NULL REFERENCES units (id), -- the company
    identity     TEXT NOT NULL, -- what was shown
    confirmed_by TEXT NOT NULL, -- at the company
    admitted_by  TEXT NOT NULL, -- person
    at           INTEGER NOT NULL,
    until        INTEGER NOT NULL
) STRICT;
CREATE INDEX stand_ins_at ON stand_ins (at);
