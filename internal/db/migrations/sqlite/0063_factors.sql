-- +goose Up
-- Codes of an authenticator app (RFC 6238); at most one a person.
CREATE TABLE totps (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL UNIQUE REFERENCES people (id),
    name       TEXT    NOT NULL,
    sealed     BLOB    NOT NULL, -- the secret, sealed with the key of the data folder
    last_step  INTEGER NOT NULL, -- 30 s since 1970 of the last code that was taken
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

-- Passkeys (WebAuthn credentials); several a person.
CREATE TABLE passkeys (
    id            TEXT    NOT NULL PRIMARY KEY,
    person        TEXT    NOT NULL REFERENCES people (id),
    name          TEXT    NOT NULL,
    credential_id BLOB    NOT NULL UNIQUE,
    public_key    BLOB    NOT NULL, -- COSE
    aaguid        TEXT    NOT NULL, -- model of the authenticator, as it says itself
    sign_count    INTEGER NOT NULL,
    flags         INTEGER NOT NULL, -- of the authenticator data
    transports    TEXT    NOT NULL, -- JSON array
    rp_id         TEXT    NOT NULL, -- host name it was made for
    created_at    INTEGER NOT NULL,
    used_at       INTEGER
) STRICT;
CREATE INDEX passkeys_person ON passkeys (person);

-- Codes on paper, each good once.
CREATE TABLE recovery_codes (
    code_hash  BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of person and code
    person     TEXT    NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX recovery_codes_person ON recovery_codes (person);
