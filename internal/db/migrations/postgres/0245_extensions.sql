-- +goose Up
-- Whose watch went on after their shift, since no relief came: each half hour that it was told.
CREATE TABLE extensions (
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    nth        INTEGER NOT NULL, -- 1, 2, 3…
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    at         BIGINT NOT NULL,
    overlong   BOOLEAN NOT NULL, -- beyond the longest hours
    PRIMARY KEY (attendance, nth)
);
CREATE INDEX extensions_room ON extensions (room, at);

CREATE TRIGGER extensions_no_update BEFORE UPDATE ON extensions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER extensions_no_delete BEFORE DELETE ON extensions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER extensions_no_truncate BEFORE TRUNCATE ON extensions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
