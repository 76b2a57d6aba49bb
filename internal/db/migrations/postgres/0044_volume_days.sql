-- +goose Up
-- How full each volume was, one row a day of the site's zone, the newest measure of it.
CREATE TABLE volume_days (
    volume TEXT   NOT NULL,
    day    TEXT   NOT NULL, -- 2026-11-22
    at     BIGINT NOT NULL, -- µs since 1970 UTC
    used   BIGINT NOT NULL, -- bytes on it that are not free
    free   BIGINT NOT NULL,
    total  BIGINT NOT NULL,
    PRIMARY KEY (volume, day)
);
