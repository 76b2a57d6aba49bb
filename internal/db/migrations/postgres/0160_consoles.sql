-- +goose Up
-- Computers at which people watch, and how each stood by its last report.
CREATE TABLE consoles (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    place       TEXT NOT NULL,
    token       TEXT NOT NULL REFERENCES tokens (id), -- with which it reports
    added_at    BIGINT NOT NULL,
    retired_at  BIGINT,
    profile     TEXT NOT NULL, -- SHA-256 of its set-up; empty before its first report
    reported_at BIGINT,
    findings    TEXT NOT NULL, -- JSON
    drift_at    BIGINT, -- since when there are any
    silent_at   BIGINT
);
CREATE UNIQUE INDEX consoles_name ON consoles (name_key) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX consoles_token ON consoles (token);
