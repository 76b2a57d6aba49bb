-- +goose Up
-- What was removed, by what ground. Made from the journals, like segments.
CREATE TABLE tombstones (
    file        TEXT    NOT NULL PRIMARY KEY, -- below the recordings folder
    camera      TEXT    NOT NULL,
    start_at    BIGINT NOT NULL, -- µs since 1970 UTC
    end_at      BIGINT NOT NULL,
    bytes       BIGINT NOT NULL,
    root        TEXT    NOT NULL, -- hex of the Merkle root
    ground      TEXT    NOT NULL, -- maximum, space, order
    authority   TEXT    NOT NULL, -- id of the rule or order
    at          BIGINT NOT NULL, -- when its removal was written down
    finished_at BIGINT           -- when the file was seen to be gone
);
CREATE INDEX tombstones_camera ON tombstones (camera, start_at);
CREATE INDEX tombstones_authority ON tombstones (authority);
CREATE INDEX tombstones_at ON tombstones (at);
CREATE INDEX tombstones_unfinished ON tombstones (camera) WHERE finished_at IS NULL;

CREATE TRIGGER tombstones_no_update BEFORE UPDATE OF file, camera, start_at, end_at, bytes, root, ground, authority, at ON tombstones FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstones_no_delete BEFORE DELETE ON tombstones FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstones_no_truncate BEFORE TRUNCATE ON tombstones FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- deleting: its removal was decided and is on its way.
ALTER TABLE segments ADD COLUMN state TEXT NOT NULL DEFAULT '';
CREATE INDEX segments_deleting ON segments (camera) WHERE state <> '';

-- A snapshot whose picture went with its footage. The row of the snapshot stays.
CREATE TABLE snapshot_removals (
    snapshot  TEXT    NOT NULL PRIMARY KEY REFERENCES snapshots (id),
    at        BIGINT NOT NULL,
    ground    TEXT    NOT NULL,
    authority TEXT    NOT NULL
);

CREATE TRIGGER snapshot_removals_no_update BEFORE UPDATE ON snapshot_removals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_removals_no_delete BEFORE DELETE ON snapshot_removals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshot_removals_no_truncate BEFORE TRUNCATE ON snapshot_removals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
