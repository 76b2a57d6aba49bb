-- +goose Up
-- Who stands in reads the briefing and signs the pledge on the screen. Of those before the duty
-- lead stated it.
ALTER TABLE stand_ins ADD COLUMN begun_at INTEGER;
ALTER TABLE stand_ins ADD COLUMN signed_at INTEGER;
ALTER TABLE stand_ins ADD COLUMN signed_text TEXT NOT NULL DEFAULT ''; -- SHA-256 of what was signed
UPDATE stand_ins SET begun_at = at, signed_at = at;
