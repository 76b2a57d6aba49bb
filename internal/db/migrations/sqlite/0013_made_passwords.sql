-- +goose Up
-- Who else made the password of an account, and when; empty and NULL once it is
-- the person's own. What was made before this was counted stays as it is.
ALTER TABLE people ADD COLUMN password_by TEXT NOT NULL DEFAULT ''; -- person
ALTER TABLE people ADD COLUMN password_at INTEGER; -- µs since 1970 UTC
