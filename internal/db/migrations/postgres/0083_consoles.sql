-- +goose Up
-- When somebody last touched the console that a session is open on, and since when it is
-- locked (µs since 1970 UTC).
ALTER TABLE sessions ADD COLUMN input_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN locked_at BIGINT;
UPDATE sessions SET input_at = seen_at;

-- Notices about a session are for the other sessions of the person.
ALTER TABLE factor_notices ADD COLUMN session TEXT NOT NULL DEFAULT '';

-- From where people have signed in before.
CREATE TABLE sign_in_places (
    person   TEXT   NOT NULL REFERENCES people (id),
    network  TEXT   NOT NULL, -- of the address: /24, or /64 of IPv6
    agent    TEXT   NOT NULL, -- browser and system, without versions
    first_at BIGINT  NOT NULL, -- µs since 1970 UTC
    last_at  BIGINT  NOT NULL,
    PRIMARY KEY (person, network, agent)
);

-- Accounts that were used in two places at once, until somebody has looked into it.
CREATE TABLE shared_logins (
    id          TEXT    NOT NULL PRIMARY KEY,
    person      TEXT    NOT NULL REFERENCES people (id),
    first_at    BIGINT  NOT NULL, -- µs since 1970 UTC
    last_at     BIGINT  NOT NULL,
    times       INTEGER NOT NULL,
    places      TEXT    NOT NULL, -- JSON array of address and agent
    answer      TEXT    NOT NULL, -- own, shared, taken; empty while it is open
    note        TEXT    NOT NULL,
    answered_by TEXT    NOT NULL, -- person; empty while it is open
    answered_at BIGINT
);
CREATE INDEX shared_logins_person ON shared_logins (person, answered_at);
