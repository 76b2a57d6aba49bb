-- +goose Up
-- In which browsers people have signed in before: what they are known by, hashed.
CREATE TABLE sign_in_devices (
    person   TEXT    NOT NULL REFERENCES people (id),
    device   TEXT    NOT NULL,
    first_at INTEGER NOT NULL, -- µs since 1970 UTC
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (person, device)
) STRICT;
