-- +goose Up
-- The act that comes before recorded pictures are seen. Append-only but for the
-- closing.
CREATE TABLE viewings (
    id         TEXT    NOT NULL PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES people (id),
    from_at    BIGINT  NOT NULL,
    to_at      BIGINT  NOT NULL,
    purpose    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    opened_at  BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    closed_at  BIGINT
);
CREATE INDEX viewings_person ON viewings (person, opened_at);
CREATE INDEX viewings_opened_at ON viewings (opened_at);

CREATE TABLE viewing_cameras (
    viewing TEXT NOT NULL REFERENCES viewings (id),
    camera  TEXT NOT NULL REFERENCES cameras (id),
    PRIMARY KEY (viewing, camera)
);
CREATE INDEX viewing_cameras_camera ON viewing_cameras (camera);

CREATE TRIGGER viewings_no_update BEFORE UPDATE OF id, person, from_at, to_at, purpose, reason, opened_at, expires_at ON viewings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewings_close_once BEFORE UPDATE OF closed_at ON viewings FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewings_no_delete BEFORE DELETE ON viewings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewings_no_truncate BEFORE TRUNCATE ON viewings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_cameras_no_update BEFORE UPDATE ON viewing_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_cameras_no_delete BEFORE DELETE ON viewing_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_cameras_no_truncate BEFORE TRUNCATE ON viewing_cameras FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
