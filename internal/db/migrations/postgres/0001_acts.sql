-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are append-only', TG_TABLE_NAME;
END;
$$;
-- +goose StatementEnd

-- Who did what, when. Append-only.
CREATE TABLE acts (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL, -- µs since 1970 UTC
    person  TEXT   NOT NULL, -- id, or empty for the program itself
    kind    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    camera  TEXT   NOT NULL,
    detail  TEXT   NOT NULL  -- JSON object
);
CREATE INDEX acts_at ON acts (at, id);
CREATE INDEX acts_person ON acts (person, at);
CREATE INDEX acts_camera ON acts (camera, at);
CREATE INDEX acts_kind ON acts (kind, at);

CREATE TRIGGER acts_no_update BEFORE UPDATE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acts_no_delete BEFORE DELETE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acts_no_truncate BEFORE TRUNCATE ON acts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
