-- +goose Up
-- Sites, buildings, floors and zones. What lies in nothing has an empty parent.
CREATE TABLE areas (
    id         TEXT    NOT NULL PRIMARY KEY,
    parent     TEXT    NOT NULL, -- area
    kind       TEXT    NOT NULL, -- site, building, floor, zone
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL, -- case-folded
    importance TEXT    NOT NULL, -- ordinary, important, vital
    unit       TEXT    NOT NULL, -- that answers for it
    note       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
-- A retired area gives its name free.
CREATE UNIQUE INDEX areas_name ON areas (parent, name_key) WHERE retired_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER areas_no_delete BEFORE DELETE ON areas
BEGIN
    SELECT RAISE(ABORT, 'areas are never deleted');
END;
-- +goose StatementEnd

-- A camera without an area hangs above all of them.
ALTER TABLE cameras ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN grade INTEGER NOT NULL DEFAULT 1 CHECK (grade BETWEEN 1 AND 4);
CREATE INDEX cameras_area ON cameras (area);
