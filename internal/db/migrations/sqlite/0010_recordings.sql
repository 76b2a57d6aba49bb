-- +goose Up
-- The catalogue of recordings: made from the segments and journals, and made
-- again from them when it is lost.
CREATE TABLE segments (
    camera    TEXT    NOT NULL,
    start_at  INTEGER NOT NULL, -- µs since 1970 UTC
    end_at    INTEGER NOT NULL,
    run       TEXT    NOT NULL,
    file      TEXT    NOT NULL, -- below the recordings folder
    bytes     INTEGER NOT NULL,
    parts     INTEGER NOT NULL,
    frames    INTEGER NOT NULL,
    root      TEXT    NOT NULL, -- hex of the Merkle root
    codec     TEXT    NOT NULL,
    mime      TEXT    NOT NULL,
    width     INTEGER NOT NULL,
    height    INTEGER NOT NULL,
    audio     TEXT    NOT NULL,
    recovered INTEGER NOT NULL, -- 1: made whole after a crash
    PRIMARY KEY (camera, start_at, run)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX segments_file ON segments (file);

-- Per camera spans that follow one another without hole or overlap.
CREATE TABLE coverage (
    camera   TEXT    NOT NULL,
    start_at INTEGER NOT NULL,
    end_at   INTEGER NOT NULL, -- 9223372036854775807 while a gap is open
    kind     TEXT    NOT NULL, -- recorded, gap
    cause    TEXT    NOT NULL, -- of a gap
    detail   TEXT    NOT NULL,
    PRIMARY KEY (camera, start_at)
) STRICT, WITHOUT ROWID;

-- How far each journal has been taken in.
CREATE TABLE journal_cursors (
    camera TEXT    NOT NULL,
    day    TEXT    NOT NULL,
    next   INTEGER NOT NULL, -- byte offset
    PRIMARY KEY (camera, day)
) STRICT, WITHOUT ROWID;
