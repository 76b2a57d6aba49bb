-- +goose Up
-- People who left, and what of it is settled: what they gave back, and what others had to do.
CREATE TABLE leavings (
    id      TEXT NOT NULL PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES people (id),
    left_at INTEGER NOT NULL
) STRICT;
CREATE INDEX leavings_person ON leavings (person, left_at);
CREATE TABLE leaving_ticks (
    leaving TEXT NOT NULL REFERENCES leavings (id),
    item    TEXT NOT NULL,
    state   TEXT NOT NULL,
    by_person TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (leaving, item)
) STRICT;
