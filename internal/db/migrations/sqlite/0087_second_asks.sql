-- +goose Up
-- Asks for a second person to one act of looking, and what became of them. What was asked
-- never changes, and is answered and used once. Times are µs since 1970 UTC.
CREATE TABLE second_asks (
    id            TEXT    NOT NULL PRIMARY KEY,
    person        TEXT    NOT NULL REFERENCES people (id), -- who asks
    positions     TEXT    NOT NULL, -- that they held, with spaces between
    client        TEXT    NOT NULL, -- the session or token in which it counts
    kind          TEXT    NOT NULL, -- viewing, snapshot or live
    from_at       INTEGER NOT NULL, -- of the footage; 0: of now
    to_at         INTEGER NOT NULL,
    purpose       TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    viewing       TEXT    REFERENCES viewings (id), -- under which a picture is taken
    asked_at      INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL, -- unless it is answered
    answer        TEXT    NOT NULL DEFAULT '', -- agreed, refused or withdrawn
    second_person TEXT    REFERENCES people (id),
    position      TEXT    NOT NULL DEFAULT '', -- in which they answered
    way           TEXT    NOT NULL DEFAULT '', -- here: at the screen of who asked; apart: in a session of their own
    note          TEXT    NOT NULL DEFAULT '',
    answered_at   INTEGER,
    holds_until   INTEGER, -- unless it is used
    used_at       INTEGER,
    used_for      TEXT     -- id of the viewing or of the picture
) STRICT;
CREATE INDEX second_asks_waiting ON second_asks (expires_at) WHERE answer = '';
CREATE INDEX second_asks_person ON second_asks (person, asked_at);
CREATE INDEX second_asks_second ON second_asks (second_person, answered_at);
CREATE UNIQUE INDEX second_asks_used ON second_asks (used_for);

CREATE TABLE second_ask_cameras (
    ask    TEXT NOT NULL REFERENCES second_asks (id),
    camera TEXT NOT NULL REFERENCES cameras (id),
    PRIMARY KEY (ask, camera)
) STRICT;

ALTER TABLE purposes ADD COLUMN needs_second INTEGER NOT NULL DEFAULT 0 CHECK (needs_second IN (0, 1));

-- +goose StatementBegin
CREATE TRIGGER second_asks_no_delete BEFORE DELETE ON second_asks
BEGIN
    SELECT RAISE(ABORT, 'asks are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER second_asks_keep BEFORE UPDATE OF id, person, positions, client, kind, from_at, to_at, purpose, reason, viewing, asked_at, expires_at ON second_asks
BEGIN
    SELECT RAISE(ABORT, 'what was asked never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER second_asks_once BEFORE UPDATE ON second_asks WHEN OLD.used_at IS NOT NULL OR OLD.answer IN ('refused', 'withdrawn') OR OLD.answer <> '' AND NEW.answer <> OLD.answer
BEGIN
    SELECT RAISE(ABORT, 'an ask is answered and used once');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER second_ask_cameras_no_update BEFORE UPDATE ON second_ask_cameras
BEGIN
    SELECT RAISE(ABORT, 'what was asked never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER second_ask_cameras_no_delete BEFORE DELETE ON second_ask_cameras
BEGIN
    SELECT RAISE(ABORT, 'asks are never deleted');
END;
-- +goose StatementEnd
