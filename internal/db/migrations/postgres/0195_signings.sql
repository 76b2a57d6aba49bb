-- +goose Up
-- Texts that people signed: the yearly pledge of secrecy, and what a stand-in reads before the first
-- picture. What was signed before stands in the files of people and the rows of stand-ins.
CREATE TABLE signings (
    id       TEXT NOT NULL PRIMARY KEY,
    person   TEXT NOT NULL REFERENCES people (id), -- who signed, and nobody else does
    kind     TEXT NOT NULL CHECK (kind IN ('pledge', 'briefing')),
    version  BIGINT NOT NULL, -- of the words
    language TEXT NOT NULL, -- in which they were shown
    hash     TEXT NOT NULL, -- SHA-256 of the words, in hexadecimal; the act has the whole of them
    at       BIGINT NOT NULL, -- µs since 1970 UTC
    proof    TEXT NOT NULL CHECK (proof IN ('password', 'fresh_session')) -- of who sat there
);
CREATE INDEX signings_person ON signings (person, at);
