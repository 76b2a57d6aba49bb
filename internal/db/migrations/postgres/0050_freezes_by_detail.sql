-- +goose Up
-- Of what nobody made every piece waits for a person, and all of them for one word.
DROP INDEX removal_freezes_open;
CREATE UNIQUE INDEX removal_freezes_open ON removal_freezes (reason, (CASE WHEN reason = 'records_untrue' THEN detail ELSE '' END)) WHERE confirmed_at IS NULL;
