-- +goose Up
-- When a camera was switched off, µs since 1970 UTC; 0 while it is on.
ALTER TABLE cameras ADD COLUMN off_at BIGINT NOT NULL DEFAULT 0;
UPDATE cameras SET off_at = COALESCE((
    SELECT MAX(acts.at) FROM acts WHERE acts.camera = cameras.id AND acts.kind = 'camera.switched_off'
), 0) WHERE off_reason <> '';
