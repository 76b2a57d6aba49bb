-- +goose Up
-- Tokens end. Those that did not have ninety days from now, and are warned of before.
UPDATE tokens SET expires_at = unixepoch() * 1000000 + 7776000000000 WHERE expires_at IS NULL AND revoked_at IS NULL;
