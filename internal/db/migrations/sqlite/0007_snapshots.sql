-- +goose Up
-- Still pictures that people took. Append-only; the files lie in the data folder.
CREATE TABLE snapshots (
    id       TEXT    NOT NULL PRIMARY KEY,
    camera   TEXT    NOT NULL REFERENCES cameras (id),
    at       INTEGER NOT NULL, -- when the picture was
    taken_at INTEGER NOT NULL, -- when the snapshot was
    person   TEXT    NOT NULL REFERENCES people (id),
    viewing  TEXT    REFERENCES viewings (id), -- null: of the live picture
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    sha256   BLOB    NOT NULL,
    bytes    INTEGER NOT NULL,
    file     TEXT    NOT NULL, -- below the snapshots folder
    note     TEXT    NOT NULL
) STRICT;
CREATE INDEX snapshots_camera ON snapshots (camera, at);
CREATE INDEX snapshots_taken_at ON snapshots (taken_at);

-- +goose StatementBegin
CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots
BEGIN
    SELECT RAISE(ABORT, 'snapshots are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots
BEGIN
    SELECT RAISE(ABORT, 'snapshots are append-only');
END;
-- +goose StatementEnd
