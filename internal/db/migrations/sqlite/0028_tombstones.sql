-- +goose Up
-- What was removed, by what ground. Made from the journals, like segments.
CREATE TABLE tombstones (
    file        TEXT    NOT NULL PRIMARY KEY, -- below the recordings folder
    camera      TEXT    NOT NULL,
    start_at    INTEGER NOT NULL, -- µs since 1970 UTC
    end_at      INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    root        TEXT    NOT NULL, -- hex of the Merkle root
    ground      TEXT    NOT NULL, -- maximum, space, order
    authority   TEXT    NOT NULL, -- id of the rule or order
    at          INTEGER NOT NULL, -- when its removal was written down
    finished_at INTEGER           -- when the file was seen to be gone
) STRICT;
CREATE INDEX tombstones_camera ON tombstones (camera, start_at);
CREATE INDEX tombstones_authority ON tombstones (authority);
CREATE INDEX tombstones_at ON tombstones (at);
CREATE INDEX tombstones_unfinished ON tombstones (camera) WHERE finished_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER tombstones_no_update BEFORE UPDATE OF file, camera, start_at, end_at, bytes, root, ground, authority, at ON tombstones
BEGIN
    SELECT RAISE(ABORT, 'tombstones are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tombstones_no_delete BEFORE DELETE ON tombstones
BEGIN
    SELECT RAISE(ABORT, 'tombstones are append-only');
END;
-- +goose StatementEnd

-- deleting: its removal was decided and is on its way.
ALTER TABLE segments ADD COLUMN state TEXT NOT NULL DEFAULT '';
CREATE INDEX segments_deleting ON segments (camera) WHERE state <> '';

-- A snapshot whose picture went with its footage. The row of the snapshot stays.
CREATE TABLE snapshot_removals (
    snapshot  TEXT    NOT NULL PRIMARY KEY REFERENCES snapshots (id),
    at        INTEGER NOT NULL,
    ground    TEXT    NOT NULL,
    authority TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER snapshot_removals_no_update BEFORE UPDATE ON snapshot_removals
BEGIN
    SELECT RAISE(ABORT, 'snapshot_removals are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER snapshot_removals_no_delete BEFORE DELETE ON snapshot_removals
BEGIN
    SELECT RAISE(ABORT, 'snapshot_removals are append-only');
END;
-- +goose StatementEnd
