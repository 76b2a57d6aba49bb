-- +goose Up
-- The session or token that opened a viewing, in which alone it is seen; empty: nobody knows.
ALTER TABLE viewings ADD COLUMN client TEXT NOT NULL DEFAULT '';
-- +goose StatementBegin
CREATE TRIGGER viewings_keep_client BEFORE UPDATE OF client ON viewings
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
