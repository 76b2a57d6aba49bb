-- +goose Up
-- Footage that nothing may remove while a case, a notice or a request is open.
-- Cameras and people are not referenced: a hold outlives a lost database.
CREATE TABLE holds (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    owner        TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    document     TEXT    NOT NULL,
    from_at      INTEGER NOT NULL, -- µs since 1970 UTC, whole seconds
    to_at        INTEGER NOT NULL,
    review_at    INTEGER NOT NULL,
    placed_by    TEXT    NOT NULL,
    placed_at    INTEGER NOT NULL,
    recovered_at INTEGER,          -- it was missing here and came back from its copy
    released_at  INTEGER,
    released_by  TEXT
) STRICT;
CREATE INDEX holds_open ON holds (review_at) WHERE released_at IS NULL;

CREATE TABLE hold_cameras (
    hold   TEXT NOT NULL REFERENCES holds (id),
    camera TEXT NOT NULL,
    PRIMARY KEY (hold, camera)
) STRICT;
CREATE INDEX hold_cameras_camera ON hold_cameras (camera);

CREATE TABLE hold_releases (
    id         TEXT    NOT NULL PRIMARY KEY,
    hold       TEXT    NOT NULL REFERENCES holds (id),
    asked_by   TEXT    NOT NULL,
    asked_at   INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    decision   TEXT,             -- approved, rejected, withdrawn
    note       TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX hold_releases_waiting ON hold_releases (hold) WHERE decided_at IS NULL;
CREATE INDEX hold_releases_hold ON hold_releases (hold, asked_at);

-- Which database this is, and how often holds and rules were changed in it. The copy
-- beside the footage says the same; where the two differ, one of them is old.
CREATE TABLE removal_state (
    name     TEXT    NOT NULL PRIMARY KEY, -- state
    database TEXT    NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;

-- Why nothing may be removed until a person has looked.
CREATE TABLE removal_freezes (
    id           TEXT    NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    confirmed_at INTEGER,
    confirmed_by TEXT,
    note         TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX removal_freezes_open ON removal_freezes (reason) WHERE confirmed_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER holds_no_update BEFORE UPDATE OF id, kind, owner, reason, document, from_at, to_at, placed_by, placed_at, recovered_at ON holds
BEGIN
    SELECT RAISE(ABORT, 'holds are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER holds_no_delete BEFORE DELETE ON holds
BEGIN
    SELECT RAISE(ABORT, 'holds are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER holds_release_once BEFORE UPDATE OF released_at, released_by, review_at ON holds WHEN OLD.released_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'holds are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER hold_cameras_no_update BEFORE UPDATE ON hold_cameras
BEGIN
    SELECT RAISE(ABORT, 'hold_cameras are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hold_cameras_no_delete BEFORE DELETE ON hold_cameras
BEGIN
    SELECT RAISE(ABORT, 'hold_cameras are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER hold_releases_no_update BEFORE UPDATE OF id, hold, asked_by, asked_at, reason ON hold_releases
BEGIN
    SELECT RAISE(ABORT, 'hold_releases are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hold_releases_no_delete BEFORE DELETE ON hold_releases
BEGIN
    SELECT RAISE(ABORT, 'hold_releases are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER hold_releases_decide_once BEFORE UPDATE OF decided_at, decided_by, decision ON hold_releases WHEN OLD.decided_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'hold_releases are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER removal_freezes_no_update BEFORE UPDATE OF id, at, reason, detail ON removal_freezes
BEGIN
    SELECT RAISE(ABORT, 'removal_freezes are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER removal_freezes_no_delete BEFORE DELETE ON removal_freezes
BEGIN
    SELECT RAISE(ABORT, 'removal_freezes are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER removal_freezes_confirm_once BEFORE UPDATE OF confirmed_at, confirmed_by ON removal_freezes WHEN OLD.confirmed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'removal_freezes are append-only');
END;
-- +goose StatementEnd
