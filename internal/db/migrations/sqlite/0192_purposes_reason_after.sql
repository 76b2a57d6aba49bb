-- +goose Up
-- Of a purpose that needs a reason: the newest footage is looked at by choosing it, and the words
-- are due afterwards.
ALTER TABLE purposes ADD COLUMN reason_after INTEGER NOT NULL DEFAULT 0 CHECK (reason_after IN (0, 1));
