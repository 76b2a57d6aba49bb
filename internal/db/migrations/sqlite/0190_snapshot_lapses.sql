-- +goose Up
-- A picture goes with its footage (class main) or by a rule of its own (class snapshot); then
-- the row comes first, and finished_at once the file is gone.
DROP TRIGGER snapshot_removals_no_update;
ALTER TABLE snapshot_removals ADD COLUMN class TEXT NOT NULL DEFAULT 'main';
ALTER TABLE snapshot_removals ADD COLUMN finished_at INTEGER;
UPDATE snapshot_removals SET finished_at = at;
CREATE INDEX snapshot_removals_at ON snapshot_removals (at);

-- +goose StatementBegin
CREATE TRIGGER snapshot_removals_no_update BEFORE UPDATE OF snapshot, at, ground, authority, class ON snapshot_removals
BEGIN
    SELECT RAISE(ABORT, 'snapshot_removals are append-only');
END;
-- +goose StatementEnd
