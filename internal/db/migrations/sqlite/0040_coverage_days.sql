-- +goose Up
-- What each closed day of a camera, in the site's zone, was: made from coverage and
-- segments, removed where rows under it change, and made again.
CREATE TABLE coverage_days (
    camera    TEXT    NOT NULL,
    end_at    INTEGER NOT NULL, -- µs since 1970 UTC: midnight of the zone
    start_at  INTEGER NOT NULL,
    day       TEXT    NOT NULL, -- 2026-11-22
    zone      TEXT    NOT NULL, -- IANA name
    recorded  INTEGER NOT NULL, -- µs
    planned   INTEGER NOT NULL, -- µs of planned gaps
    unplanned INTEGER NOT NULL, -- µs of all other gaps
    removed   INTEGER NOT NULL, -- µs of footage that was lawfully deleted since
    causes    TEXT    NOT NULL, -- JSON: µs of unplanned gaps by cause
    gaps      INTEGER NOT NULL, -- unplanned ones that touch the day
    bytes     INTEGER NOT NULL, -- of segments that begin in the day
    length    INTEGER NOT NULL, -- µs of these segments
    short     INTEGER NOT NULL, -- of these, how many lack packets or pictures
    PRIMARY KEY (camera, end_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX coverage_days_end_at ON coverage_days (end_at);

-- Gaps of all cameras by when they ended, for those who look for new ones.
CREATE INDEX coverage_gaps ON coverage (end_at) WHERE kind = 'gap';
