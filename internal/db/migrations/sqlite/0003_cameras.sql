-- +goose Up
CREATE TABLE cameras (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL, -- case-folded
    place         TEXT    NOT NULL,
    note          TEXT    NOT NULL,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    provisional   INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    record_audio  INTEGER NOT NULL CHECK (record_audio IN (0, 1)),
    audio_purpose TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    retired_at    INTEGER
) STRICT;
-- A retired camera gives its name free.
CREATE UNIQUE INDEX cameras_name ON cameras (name_key) WHERE retired_at IS NULL;

CREATE TABLE camera_streams (
    camera      TEXT    NOT NULL REFERENCES cameras (id),
    stream      TEXT    NOT NULL, -- main, sub
    url         TEXT    NOT NULL, -- without user name and password
    username    TEXT    NOT NULL,
    password    BLOB,             -- sealed
    transport   TEXT    NOT NULL,
    skip_verify INTEGER NOT NULL CHECK (skip_verify IN (0, 1)),
    PRIMARY KEY (camera, stream)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER cameras_no_delete BEFORE DELETE ON cameras
BEGIN
    SELECT RAISE(ABORT, 'cameras are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cameras_stay_retired BEFORE UPDATE ON cameras WHEN OLD.retired_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a retired camera does not change');
END;
-- +goose StatementEnd
