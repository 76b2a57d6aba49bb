-- +goose Up
-- A position may be held for a time, and in some areas only. 0: from always, for good.
ALTER TABLE people_positions ADD COLUMN from_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people_positions ADD COLUMN until_at INTEGER NOT NULL DEFAULT 0;
-- Where it is held; without a row everywhere.
CREATE TABLE people_position_areas (
    person   TEXT NOT NULL,
    position TEXT NOT NULL,
    area     TEXT NOT NULL,
    PRIMARY KEY (person, position, area),
    FOREIGN KEY (person, position) REFERENCES people_positions (person, position) ON DELETE CASCADE
) STRICT;
CREATE INDEX people_position_areas_area ON people_position_areas (area);
