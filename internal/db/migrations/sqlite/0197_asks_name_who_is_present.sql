-- +goose Up
-- Who else will be at the screen is part of what a second person agrees to: JSON, empty for nobody.
ALTER TABLE second_asks ADD COLUMN present TEXT NOT NULL DEFAULT '';

DROP TRIGGER second_asks_keep;
-- +goose StatementBegin
CREATE TRIGGER second_asks_keep BEFORE UPDATE OF id, person, positions, client, kind, from_at, to_at, purpose, reason, viewing, present, asked_at, expires_at ON second_asks
BEGIN
    SELECT RAISE(ABORT, 'what was asked never changes');
END;
-- +goose StatementEnd
