-- +goose Up
-- Since when a position is held as it is (µs since 1970 UTC). Of those that were held
-- before, the last change of the person's positions is the earliest that is known.
ALTER TABLE people_positions ADD COLUMN since_at INTEGER NOT NULL DEFAULT 0;
UPDATE people_positions SET since_at = COALESCE(
    (SELECT MAX(a.at) FROM acts a WHERE a.kind = 'person.positions_changed' AND a.subject = people_positions.person),
    (SELECT p.created_at FROM people p WHERE p.id = people_positions.person), 0);
