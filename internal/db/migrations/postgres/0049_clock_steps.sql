-- +goose Up
-- By how much the clock of the recorder was set forward while a camera was recorded, as
-- its journals tell. Footage from before such a step is younger than its times say.
CREATE TABLE clock_steps (
    camera  TEXT NOT NULL,
    from_at BIGINT NOT NULL, -- µs since 1970 UTC, where the clock stood before
    to_at   BIGINT NOT NULL, -- and after; 0: the journals have not told yet
    PRIMARY KEY (camera, from_at)
);

-- The latest instant at which the footage can have ended, where a clock was set since; 0:
-- its own times are all that is known.
ALTER TABLE segments ADD COLUMN aged_at BIGINT NOT NULL DEFAULT 0;

INSERT INTO clock_steps (camera, from_at, to_at)
SELECT camera, start_at, end_at FROM coverage
WHERE kind = 'gap' AND cause = 'clock_step' AND end_at < 9223372036854775807 AND end_at - start_at > 3600000000;

UPDATE segments SET aged_at = COALESCE((
    SELECT MAX(segments.end_at + s.to_at - s.from_at) FROM clock_steps s
    WHERE s.camera = segments.camera AND segments.end_at <= s.from_at + 50000), 0)
WHERE EXISTS (SELECT 1 FROM clock_steps s WHERE s.camera = segments.camera);
