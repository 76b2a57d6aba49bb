-- +goose Up
-- Marks in the footage. Append-only: who takes one back adds a retraction.
CREATE TABLE bookmarks (
    id         TEXT    NOT NULL PRIMARY KEY,
    camera     TEXT    NOT NULL REFERENCES cameras (id),
    at         BIGINT  NOT NULL,
    end_at     BIGINT  NOT NULL, -- the same as at for a moment
    title      TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    person     TEXT    NOT NULL REFERENCES people (id),
    created_at BIGINT  NOT NULL
);
CREATE INDEX bookmarks_camera ON bookmarks (camera, at);

CREATE TABLE bookmark_retractions (
    bookmark TEXT    NOT NULL PRIMARY KEY REFERENCES bookmarks (id),
    at       BIGINT  NOT NULL,
    person   TEXT    NOT NULL REFERENCES people (id),
    reason   TEXT    NOT NULL
);

CREATE TRIGGER bookmarks_no_update BEFORE UPDATE ON bookmarks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bookmarks_no_delete BEFORE DELETE ON bookmarks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bookmarks_no_truncate BEFORE TRUNCATE ON bookmarks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bookmark_retractions_no_update BEFORE UPDATE ON bookmark_retractions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bookmark_retractions_no_delete BEFORE DELETE ON bookmark_retractions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bookmark_retractions_no_truncate BEFORE TRUNCATE ON bookmark_retractions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
