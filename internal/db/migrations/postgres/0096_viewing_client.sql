-- +goose Up
-- The session or token that opened a viewing, in which alone it is seen; empty: nobody knows.
ALTER TABLE viewings ADD COLUMN client TEXT NOT NULL DEFAULT '';
CREATE TRIGGER viewings_keep_client BEFORE UPDATE OF client ON viewings FOR EACH ROW EXECUTE FUNCTION refuse_change();
