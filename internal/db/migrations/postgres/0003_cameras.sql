-- +goose Up
CREATE TABLE cameras (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL, -- case-folded
    place         TEXT    NOT NULL,
    note          TEXT    NOT NULL,
    enabled       BOOLEAN NOT NULL,
    provisional   BOOLEAN NOT NULL,
    record_audio  BOOLEAN NOT NULL,
    audio_purpose TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    retired_at    BIGINT
);
-- A retired camera gives its name free.
CREATE UNIQUE INDEX cameras_name ON cameras (name_key) WHERE retired_at IS NULL;

CREATE TABLE camera_streams (
    camera      TEXT    NOT NULL REFERENCES cameras (id),
    stream      TEXT    NOT NULL, -- main, sub
    url         TEXT    NOT NULL, -- without user name and password
    username    TEXT    NOT NULL,
    password    BYTEA,            -- sealed
    transport   TEXT    NOT NULL,
    skip_verify BOOLEAN NOT NULL,
    PRIMARY KEY (camera, stream)
);

CREATE TRIGGER cameras_no_delete BEFORE DELETE ON cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cameras_no_truncate BEFORE TRUNCATE ON cameras FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cameras_stay_retired BEFORE UPDATE ON cameras FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
