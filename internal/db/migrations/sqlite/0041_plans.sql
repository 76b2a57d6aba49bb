-- +goose Up
-- When recording is demanded: round the clock, or in weekly business hours of the
-- site's zone. The newest row that is not younger than an instant holds at it.
CREATE TABLE schedules (
    id     TEXT    NOT NULL PRIMARY KEY,
    camera TEXT    NOT NULL, -- empty: the site, for cameras without a schedule of their own
    at     INTEGER NOT NULL, -- µs since 1970 UTC, from when on it holds
    kind   TEXT    NOT NULL, -- always, business_hours, site
    hours  TEXT    NOT NULL, -- JSON array of {days, from, to}
    stops  INTEGER NOT NULL CHECK (stops IN (0, 1)), -- nothing is recorded outside these hours
    reason TEXT    NOT NULL,
    person TEXT    NOT NULL
) STRICT;
CREATE INDEX schedules_camera ON schedules (camera, at);

-- Hours in which cameras may be without recording, told before they began.
CREATE TABLE maintenance_windows (
    id      TEXT    NOT NULL PRIMARY KEY,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    person  TEXT    NOT NULL,
    at      INTEGER NOT NULL -- when it was placed
) STRICT;
CREATE INDEX maintenance_windows_to_at ON maintenance_windows (to_at);

CREATE TABLE maintenance_cameras (
    window_id TEXT NOT NULL REFERENCES maintenance_windows (id),
    camera    TEXT NOT NULL REFERENCES cameras (id),
    PRIMARY KEY (window_id, camera)
) STRICT;

-- A window that was ended before its time.
CREATE TABLE maintenance_ends (
    window_id TEXT    NOT NULL PRIMARY KEY REFERENCES maintenance_windows (id),
    at        INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    person    TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER schedules_no_update BEFORE UPDATE ON schedules
BEGIN
    SELECT RAISE(ABORT, 'schedules are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER schedules_no_delete BEFORE DELETE ON schedules
BEGIN
    SELECT RAISE(ABORT, 'schedules are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_windows_no_update BEFORE UPDATE ON maintenance_windows
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_windows_no_delete BEFORE DELETE ON maintenance_windows
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_cameras_no_update BEFORE UPDATE ON maintenance_cameras
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_cameras_no_delete BEFORE DELETE ON maintenance_cameras
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_ends_no_update BEFORE UPDATE ON maintenance_ends
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER maintenance_ends_no_delete BEFORE DELETE ON maintenance_ends
BEGIN
    SELECT RAISE(ABORT, 'maintenance windows are append-only');
END;
-- +goose StatementEnd
