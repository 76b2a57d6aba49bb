-- +goose Up
-- What a segment is short of; NULL where nobody counted, as after a crash.
ALTER TABLE segments ADD COLUMN lost    BIGINT; -- RTP packets that did not arrive
ALTER TABLE segments ADD COLUMN dropped BIGINT; -- access units given up, damaged or too large

-- The camera's clock as it was measured: camera minus recorder.
CREATE TABLE camera_clocks (
    camera    TEXT    NOT NULL,
    at        BIGINT NOT NULL, -- µs since 1970 UTC, on the recorder's clock
    offset_us BIGINT NOT NULL,
    source    TEXT    NOT NULL, -- rtcp: from RTCP sender reports
    PRIMARY KEY (camera, at)
);
