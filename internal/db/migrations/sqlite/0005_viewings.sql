-- +goose Up
-- The act that comes before recorded pictures are seen. Append-only but for the
-- closing.
CREATE TABLE viewings (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id),
    from_at    INTEGER NOT NULL,
    to_at      INTEGER NOT NULL,
    purpose    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    closed_at  INTEGER
) STRICT;
CREATE INDEX viewings_person ON viewings (person, opened_at);
CREATE INDEX viewings_opened_at ON viewings (opened_at);

CREATE TABLE viewing_cameras (
    viewing TEXT NOT NULL REFERENCES viewings (id),
    camera  TEXT NOT NULL REFERENCES cameras (id),
    PRIMARY KEY (viewing, camera)
) STRICT;
CREATE INDEX viewing_cameras_camera ON viewing_cameras (camera);

-- +goose StatementBegin
CREATE TRIGGER viewings_no_update BEFORE UPDATE OF id, person, from_at, to_at, purpose, reason, opened_at, expires_at ON viewings
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER viewings_close_once BEFORE UPDATE OF closed_at ON viewings WHEN OLD.closed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER viewings_no_delete BEFORE DELETE ON viewings
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER viewing_cameras_no_update BEFORE UPDATE ON viewing_cameras
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER viewing_cameras_no_delete BEFORE DELETE ON viewing_cameras
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
