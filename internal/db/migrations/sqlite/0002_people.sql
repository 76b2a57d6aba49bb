-- +goose Up
CREATE TABLE people (
    id            TEXT    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE, -- case-folded
    display_name  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE people_positions (
    person   TEXT NOT NULL REFERENCES people (id),
    position TEXT NOT NULL,
    PRIMARY KEY (person, position)
) STRICT;

CREATE TABLE sessions (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL UNIQUE, -- SHA-256 of the cookie's value
    person      TEXT    NOT NULL REFERENCES people (id),
    address     TEXT    NOT NULL,
    agent       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE tokens (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL UNIQUE, -- SHA-256 of the token
    person      TEXT    NOT NULL REFERENCES people (id),
    name        TEXT    NOT NULL,
    actions     TEXT    NOT NULL, -- JSON array
    created_by  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER
) STRICT;
CREATE INDEX tokens_person ON tokens (person);

-- The one-time token of the first set-up; at most one row.
CREATE TABLE setup (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_hash BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
