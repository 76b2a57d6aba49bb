-- +goose Up
-- Still pictures that people took. Append-only; the files lie in the data folder.
CREATE TABLE snapshots (
    id       TEXT    NOT NULL PRIMARY KEY,
    camera   TEXT    NOT NULL REFERENCES cameras (id),
    at       BIGINT  NOT NULL, -- when the picture was
    taken_at BIGINT  NOT NULL, -- when the snapshot was
    person   TEXT    NOT NULL REFERENCES people (id),
    viewing  TEXT    REFERENCES viewings (id), -- null: of the live picture
    width    BIGINT  NOT NULL,
    height   BIGINT  NOT NULL,
    sha256   BYTEA   NOT NULL,
    bytes    BIGINT  NOT NULL,
    file     TEXT    NOT NULL, -- below the snapshots folder
    note     TEXT    NOT NULL
);
CREATE INDEX snapshots_camera ON snapshots (camera, at);
CREATE INDEX snapshots_taken_at ON snapshots (taken_at);

CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER snapshots_no_truncate BEFORE TRUNCATE ON snapshots FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
