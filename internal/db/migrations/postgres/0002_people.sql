-- +goose Up
CREATE TABLE people (
    id            TEXT    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE, -- case-folded
    display_name  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE people_positions (
    person   TEXT NOT NULL REFERENCES people (id),
    position TEXT NOT NULL,
    PRIMARY KEY (person, position)
);

CREATE TABLE sessions (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BYTEA   NOT NULL UNIQUE, -- SHA-256 of the cookie's value
    person      TEXT    NOT NULL REFERENCES people (id),
    address     TEXT    NOT NULL,
    agent       TEXT    NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE tokens (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BYTEA   NOT NULL UNIQUE, -- SHA-256 of the token
    person      TEXT    NOT NULL REFERENCES people (id),
    name        TEXT    NOT NULL,
    actions     TEXT    NOT NULL, -- JSON array
    created_by  TEXT    NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    revoked_at  BIGINT
);
CREATE INDEX tokens_person ON tokens (person);

-- The one-time token of the first set-up; at most one row.
CREATE TABLE setup (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_hash BYTEA   NOT NULL,
    created_at  BIGINT NOT NULL
);
