-- +goose Up
-- A retired position can be taken into use again, as it was; nothing else about it changes
-- while it is retired.
DROP TRIGGER positions_stay_retired;
-- +goose StatementBegin
CREATE TRIGGER positions_stay_retired BEFORE UPDATE ON positions
WHEN OLD.retired_at IS NOT NULL AND (NEW.retired_at IS NOT NULL OR NEW.name_zh <> OLD.name_zh OR NEW.name_en <> OLD.name_en)
BEGIN
    SELECT RAISE(ABORT, 'a retired position stays as it is');
END;
-- +goose StatementEnd
