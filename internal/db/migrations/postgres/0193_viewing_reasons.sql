-- +goose Up
-- Reasons of viewings that were opened without, which are due afterwards. Each is given once, and
-- noted as missing once. Times are µs since 1970 UTC.
CREATE TABLE viewing_reasons (
    viewing   TEXT   NOT NULL PRIMARY KEY REFERENCES viewings (id),
    person    TEXT   NOT NULL REFERENCES people (id), -- who looked, and gives it
    due_at    BIGINT NOT NULL,
    reason    TEXT   NOT NULL DEFAULT '',
    given_at  BIGINT,
    missed_at BIGINT -- since when it was noted as missing
);
CREATE INDEX viewing_reasons_open ON viewing_reasons (due_at) WHERE given_at IS NULL;

CREATE TRIGGER viewing_reasons_no_delete BEFORE DELETE ON viewing_reasons FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_reasons_no_truncate BEFORE TRUNCATE ON viewing_reasons FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_reasons_keep BEFORE UPDATE OF viewing, person, due_at ON viewing_reasons FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_reasons_once BEFORE UPDATE ON viewing_reasons FOR EACH ROW WHEN (OLD.given_at IS NOT NULL OR OLD.missed_at IS NOT NULL AND NEW.missed_at IS DISTINCT FROM OLD.missed_at) EXECUTE FUNCTION refuse_change();
