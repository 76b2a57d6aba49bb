-- +goose Up
-- A picture goes with its footage (class main) or by a rule of its own (class snapshot); then
-- the row comes first, and finished_at once the file is gone.
DROP TRIGGER snapshot_removals_no_update ON snapshot_removals;
ALTER TABLE snapshot_removals ADD COLUMN class TEXT NOT NULL DEFAULT 'main';
ALTER TABLE snapshot_removals ADD COLUMN finished_at BIGINT;
UPDATE snapshot_removals SET finished_at = at;
CREATE INDEX snapshot_removals_at ON snapshot_removals (at);

CREATE TRIGGER snapshot_removals_no_update BEFORE UPDATE OF snapshot, at, ground, authority, class ON snapshot_removals FOR EACH ROW EXECUTE FUNCTION refuse_change();
