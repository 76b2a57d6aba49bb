-- +goose Up
-- Who switched a camera off, and why; empty while it is on. The act holds both for good.
ALTER TABLE cameras ADD COLUMN off_by     TEXT NOT NULL DEFAULT ''; -- person
ALTER TABLE cameras ADD COLUMN off_reason TEXT NOT NULL DEFAULT '';
