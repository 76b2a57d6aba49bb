-- +goose Up
-- Of a purpose that needs a reason: the newest footage is looked at by choosing it, and the words
-- are due afterwards.
ALTER TABLE purposes ADD COLUMN reason_after BOOLEAN NOT NULL DEFAULT FALSE;
