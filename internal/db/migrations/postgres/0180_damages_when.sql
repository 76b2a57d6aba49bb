-- +goose Up
-- What of a camera's time stands as damaged is asked with every timeline: by an index that
-- holds nothing that was mended.
CREATE INDEX footage_damages_when ON footage_damages (camera, start_at) WHERE mended_at IS NULL;
DROP INDEX footage_damages_standing;
