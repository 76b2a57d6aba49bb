-- +goose Up
-- The catalogue of recordings: made from the segments and journals, and made
-- again from them when it is lost.
CREATE TABLE segments (
    camera    TEXT    NOT NULL,
    start_at  BIGINT NOT NULL, -- µs since 1970 UTC
    end_at    BIGINT NOT NULL,
    run       TEXT    NOT NULL,
    file      TEXT    NOT NULL, -- below the recordings folder
    bytes     BIGINT NOT NULL,
    parts     BIGINT NOT NULL,
    frames    BIGINT NOT NULL,
    root      TEXT    NOT NULL, -- hex of the Merkle root
    codec     TEXT    NOT NULL,
    mime      TEXT    NOT NULL,
    width     BIGINT NOT NULL,
    height    BIGINT NOT NULL,
    audio     TEXT    NOT NULL,
    recovered BIGINT NOT NULL, -- 1: made whole after a crash
    PRIMARY KEY (camera, start_at, run)
);
CREATE UNIQUE INDEX segments_file ON segments (file);

-- Per camera spans that follow one another without hole or overlap.
CREATE TABLE coverage (
    camera   TEXT    NOT NULL,
    start_at BIGINT NOT NULL,
    end_at   BIGINT NOT NULL, -- 9223372036854775807 while a gap is open
    kind     TEXT    NOT NULL, -- recorded, gap
    cause    TEXT    NOT NULL, -- of a gap
    detail   TEXT    NOT NULL,
    PRIMARY KEY (camera, start_at)
);

-- How far each journal has been taken in.
CREATE TABLE journal_cursors (
    camera TEXT    NOT NULL,
    day    TEXT    NOT NULL,
    next   BIGINT NOT NULL, -- byte offset
    PRIMARY KEY (camera, day)
);
