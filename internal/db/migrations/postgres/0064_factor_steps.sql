-- +goose Up
-- Steps of a sign-in or an enrolment that were taken, so that none is taken twice.
CREATE TABLE factor_steps (
    id         TEXT    NOT NULL PRIMARY KEY,
    expires_at BIGINT  NOT NULL -- µs since 1970 UTC; after it the step itself is refused
);
CREATE INDEX factor_steps_expires_at ON factor_steps (expires_at);

-- What a person must be told of their second factors until they have seen it.
CREATE TABLE factor_notices (
    id      TEXT    NOT NULL PRIMARY KEY,
    person  TEXT    NOT NULL REFERENCES people (id), -- who is told
    kind    TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    done_by TEXT    NOT NULL, -- person who did it; empty where it was done at sign-in
    address TEXT    NOT NULL,
    name    TEXT    NOT NULL, -- of the factor
    codes   INTEGER NOT NULL, -- recovery codes that are left
    seen_at BIGINT
);
CREATE INDEX factor_notices_person ON factor_notices (person, seen_at);
