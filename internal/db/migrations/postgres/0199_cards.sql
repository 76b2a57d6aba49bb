-- +goose Up
-- Staff cards with a PIN: one a person, one person a card. A card that was taken back has no row.
CREATE TABLE cards (
    id          TEXT    NOT NULL PRIMARY KEY,
    person      TEXT    NOT NULL UNIQUE REFERENCES people (id),
    name        TEXT    NOT NULL,
    number_hash BYTEA   NOT NULL UNIQUE, -- of what the reader types, with a key that is not in here
    tail        TEXT    NOT NULL, -- its last four characters; empty where it has fewer than eight
    issued_by   TEXT    NOT NULL, -- person
    created_at  BIGINT  NOT NULL,
    pin         BYTEA, -- hash of the PIN, sealed for this row; NULL before its owner has chosen one
    pins        BIGINT  NOT NULL DEFAULT 0, -- how many were chosen so far
    wrong       BIGINT  NOT NULL DEFAULT 0, -- wrong PINs in a row, and those that are being looked at
    locked_at   BIGINT,
    used_at     BIGINT
);
