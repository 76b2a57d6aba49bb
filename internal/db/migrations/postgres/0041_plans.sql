-- +goose Up
-- When recording is demanded: round the clock, or in weekly business hours of the
-- site's zone. The newest row that is not younger than an instant holds at it.
CREATE TABLE schedules (
    id     TEXT   NOT NULL PRIMARY KEY,
    camera TEXT   NOT NULL, -- empty: the site, for cameras without a schedule of their own
    at     BIGINT NOT NULL, -- µs since 1970 UTC, from when on it holds
    kind   TEXT   NOT NULL, -- always, business_hours, site
    hours  TEXT   NOT NULL, -- JSON array of {days, from, to}
    stops  BOOLEAN NOT NULL, -- nothing is recorded outside these hours
    reason TEXT   NOT NULL,
    person TEXT   NOT NULL
);
CREATE INDEX schedules_camera ON schedules (camera, at);

-- Hours in which cameras may be without recording, told before they began.
CREATE TABLE maintenance_windows (
    id      TEXT   NOT NULL PRIMARY KEY,
    from_at BIGINT NOT NULL,
    to_at   BIGINT NOT NULL,
    reason  TEXT   NOT NULL,
    person  TEXT   NOT NULL,
    at      BIGINT NOT NULL -- when it was placed
);
CREATE INDEX maintenance_windows_to_at ON maintenance_windows (to_at);

CREATE TABLE maintenance_cameras (
    window_id TEXT NOT NULL REFERENCES maintenance_windows (id),
    camera    TEXT NOT NULL REFERENCES cameras (id),
    PRIMARY KEY (window_id, camera)
);

-- A window that was ended before its time.
CREATE TABLE maintenance_ends (
    window_id TEXT   NOT NULL PRIMARY KEY REFERENCES maintenance_windows (id),
    at        BIGINT NOT NULL,
    reason    TEXT   NOT NULL,
    person    TEXT   NOT NULL
);

CREATE TRIGGER schedules_no_update BEFORE UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER schedules_no_delete BEFORE DELETE ON schedules FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER schedules_no_truncate BEFORE TRUNCATE ON schedules FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_windows_no_update BEFORE UPDATE ON maintenance_windows FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_windows_no_delete BEFORE DELETE ON maintenance_windows FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_windows_no_truncate BEFORE TRUNCATE ON maintenance_windows FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_cameras_no_update BEFORE UPDATE ON maintenance_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_cameras_no_delete BEFORE DELETE ON maintenance_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_cameras_no_truncate BEFORE TRUNCATE ON maintenance_cameras FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_ends_no_update BEFORE UPDATE ON maintenance_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_ends_no_delete BEFORE DELETE ON maintenance_ends FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER maintenance_ends_no_truncate BEFORE TRUNCATE ON maintenance_ends FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
