-- +goose Up
-- Footage-loss statements: who answers for an unplanned gap. A statement and its
-- cameras are made by the program; what people say of it is entries.
CREATE TABLE losses (
    id      TEXT    NOT NULL PRIMARY KEY,
    number  INTEGER NOT NULL UNIQUE, -- 1, 2, 3 without a hole
    at      INTEGER NOT NULL, -- µs since 1970 UTC, when it was opened
    from_at INTEGER NOT NULL, -- when the first of its gaps began
    cause   TEXT    NOT NULL
) STRICT;
CREATE INDEX losses_from_at ON losses (from_at);

CREATE TABLE loss_cameras (
    loss     TEXT    NOT NULL REFERENCES losses (id),
    camera   TEXT    NOT NULL,
    from_at  INTEGER NOT NULL,
    to_at    INTEGER, -- set once, when the gap has ended
    cause    TEXT    NOT NULL,
    alarm_at INTEGER, -- when the first alarm was given, if one was
    PRIMARY KEY (camera, from_at)
) STRICT;
CREATE INDEX loss_cameras_loss ON loss_cameras (loss);

CREATE TABLE loss_entries (
    id       TEXT    NOT NULL PRIMARY KEY,
    loss     TEXT    NOT NULL REFERENCES losses (id),
    at       INTEGER NOT NULL,
    person   TEXT    NOT NULL, -- empty: the program
    kind     TEXT    NOT NULL, -- explanation, signature, revision
    position TEXT    NOT NULL, -- of who signs
    grade    TEXT    NOT NULL, -- of a signature: server_attested
    corrects TEXT    NOT NULL, -- the entry that it takes the place of, if one
    about    TEXT    NOT NULL, -- of a signature: the explanation that is signed
    content  TEXT    NOT NULL  -- JSON
) STRICT;
CREATE INDEX loss_entries_loss ON loss_entries (loss, at);

-- +goose StatementBegin
CREATE TRIGGER losses_no_update BEFORE UPDATE ON losses
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER losses_no_delete BEFORE DELETE ON losses
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER loss_entries_no_update BEFORE UPDATE ON loss_entries
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER loss_entries_no_delete BEFORE DELETE ON loss_entries
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER loss_cameras_no_delete BEFORE DELETE ON loss_cameras
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER loss_cameras_no_update BEFORE UPDATE OF loss, camera, from_at, cause, alarm_at ON loss_cameras
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER loss_cameras_ends_once BEFORE UPDATE OF to_at ON loss_cameras WHEN OLD.to_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'statements are append-only');
END;
-- +goose StatementEnd
