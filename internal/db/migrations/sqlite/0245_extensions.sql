-- +goose Up
-- Whose watch went on after their shift, since no relief came: each half hour that it was told.
CREATE TABLE extensions (
    attendance TEXT    NOT NULL REFERENCES attendances (id),
    nth        INTEGER NOT NULL, -- 1, 2, 3…
    room       TEXT    NOT NULL REFERENCES rooms (id),
    person     TEXT    NOT NULL REFERENCES people (id),
    at         INTEGER NOT NULL,
    overlong   INTEGER NOT NULL CHECK (overlong IN (0, 1)), -- beyond the longest hours
    PRIMARY KEY (attendance, nth)
) STRICT;
CREATE INDEX extensions_room ON extensions (room, at);

-- +goose StatementBegin
CREATE TRIGGER extensions_no_update BEFORE UPDATE ON extensions
BEGIN
    SELECT RAISE(ABORT, 'an extension never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER extensions_no_delete BEFORE DELETE ON extensions
BEGIN
    SELECT RAISE(ABORT, 'an extension is never deleted');
END;
-- +goose StatementEnd
