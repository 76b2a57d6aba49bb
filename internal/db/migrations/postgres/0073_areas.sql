-- +goose Up
-- Sites, buildings, floors and zones. What lies in nothing has an empty parent.
CREATE TABLE areas (
    id         TEXT   NOT NULL PRIMARY KEY,
    parent     TEXT   NOT NULL, -- area
    kind       TEXT   NOT NULL, -- site, building, floor, zone
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL, -- case-folded
    importance TEXT   NOT NULL, -- ordinary, important, vital
    unit       TEXT   NOT NULL, -- that answers for it
    note       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
-- A retired area gives its name free.
CREATE UNIQUE INDEX areas_name ON areas (parent, name_key) WHERE retired_at IS NULL;

CREATE TRIGGER areas_no_delete BEFORE DELETE ON areas FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER areas_no_truncate BEFORE TRUNCATE ON areas FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A camera without an area hangs above all of them.
ALTER TABLE cameras ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN grade BIGINT NOT NULL DEFAULT 1 CHECK (grade BETWEEN 1 AND 4);
CREATE INDEX cameras_area ON cameras (area);
