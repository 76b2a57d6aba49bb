-- +goose Up
-- Marks in the footage. Append-only: who takes one back adds a retraction.
CREATE TABLE bookmarks (
    id         TEXT    NOT NULL PRIMARY KEY,
    camera     TEXT    NOT NULL REFERENCES cameras (id),
    at         INTEGER NOT NULL,
    end_at     INTEGER NOT NULL, -- the same as at for a moment
    title      TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    person     TEXT    NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bookmarks_camera ON bookmarks (camera, at);

CREATE TABLE bookmark_retractions (
    bookmark TEXT    NOT NULL PRIMARY KEY REFERENCES bookmarks (id),
    at       INTEGER NOT NULL,
    person   TEXT    NOT NULL REFERENCES people (id),
    reason   TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER bookmarks_no_update BEFORE UPDATE ON bookmarks
BEGIN
    SELECT RAISE(ABORT, 'bookmarks are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookmarks_no_delete BEFORE DELETE ON bookmarks
BEGIN
    SELECT RAISE(ABORT, 'bookmarks are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookmark_retractions_no_update BEFORE UPDATE ON bookmark_retractions
BEGIN
    SELECT RAISE(ABORT, 'bookmark retractions are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bookmark_retractions_no_delete BEFORE DELETE ON bookmark_retractions
BEGIN
    SELECT RAISE(ABORT, 'bookmark retractions are append-only');
END;
-- +goose StatementEnd
