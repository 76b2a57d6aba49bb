-- +goose Up
-- Every other way to the pictures of a camera, as somebody has found it.
CREATE TABLE side_doors (
    camera     TEXT NOT NULL REFERENCES cameras (id),
    kind       TEXT NOT NULL CHECK (kind IN ('recorder_client', 'web_page', 'cloud_app', 'shared_account', 'other')),
    label      TEXT NOT NULL, -- of an other one
    state      TEXT NOT NULL CHECK (state IN ('closed', 'owned', 'unknown')),
    owner      TEXT NOT NULL, -- person; empty: see owner_name
    owner_name TEXT NOT NULL,
    since      TEXT NOT NULL, -- day
    note       TEXT NOT NULL,
    checked_by TEXT NOT NULL, -- person; empty from the command line
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (camera, kind, label)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER side_doors_no_delete BEFORE DELETE ON side_doors
BEGIN
    SELECT RAISE(ABORT, 'what was found stays in the file');
END;
-- +goose StatementEnd
-- When the password that is kept became another; of those that were there already no later than
-- anybody knows.
ALTER TABLE camera_streams ADD COLUMN password_at INTEGER NOT NULL DEFAULT 0;
UPDATE camera_streams SET password_at = (SELECT created_at FROM cameras WHERE id = camera_streams.camera) WHERE password IS NOT NULL;
