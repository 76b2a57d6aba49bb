-- +goose Up
-- Who did what, when. Append-only.
CREATE TABLE acts (
    id      TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL, -- µs since 1970 UTC
    person  TEXT    NOT NULL, -- id, or empty for the program itself
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    camera  TEXT    NOT NULL,
    detail  TEXT    NOT NULL  -- JSON object
) STRICT;
CREATE INDEX acts_at ON acts (at, id);
CREATE INDEX acts_person ON acts (person, at);
CREATE INDEX acts_camera ON acts (camera, at);
CREATE INDEX acts_kind ON acts (kind, at);

-- +goose StatementBegin
CREATE TRIGGER acts_no_update BEFORE UPDATE ON acts
BEGIN
    SELECT RAISE(ABORT, 'acts are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER acts_no_delete BEFORE DELETE ON acts
BEGIN
    SELECT RAISE(ABORT, 'acts are append-only');
END;
-- +goose StatementEnd
