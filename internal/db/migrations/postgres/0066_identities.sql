-- +goose Up
-- The directory an account belongs to: its name in the configuration, empty for an
-- account of this system; and since when the directory does not vouch for the person
-- any more.
ALTER TABLE people ADD COLUMN directory TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN directory_left_at BIGINT; -- µs since 1970 UTC

-- Who somebody is in a directory, for good. Without a person it waits for an
-- administrator to say whose account it is.
CREATE TABLE identities (
    id           TEXT   NOT NULL PRIMARY KEY,
    directory    TEXT   NOT NULL,
    issuer       TEXT   NOT NULL, -- of an LDAP directory: ldap: and its name
    subject      TEXT   NOT NULL, -- never given to somebody else by its issuer
    person       TEXT UNIQUE REFERENCES people (id),
    username     TEXT   NOT NULL, -- as the directory last told
    display_name TEXT   NOT NULL,
    first_at     BIGINT NOT NULL, -- µs since 1970 UTC
    checked_at   BIGINT NOT NULL, -- when the directory last vouched for the person
    ticket       BYTEA, -- sealed; with it the provider is asked again
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_directory ON identities (directory, checked_at);

-- Which group gives which position, as it was at the last start: a change is an act.
CREATE TABLE directory_mappings (
    directory TEXT   NOT NULL PRIMARY KEY,
    positions TEXT   NOT NULL, -- JSON array of POSITION=GROUP
    at        BIGINT NOT NULL
);
