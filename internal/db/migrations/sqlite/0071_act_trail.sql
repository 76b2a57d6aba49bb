-- +goose Up
-- The index of the acts, by which they are searched. It is made from what the acts
-- themselves say and can be made anew at any time; the log commits to the acts, not to it.

-- Acts that no block has taken in yet.
CREATE TABLE act_unindexed (
    at  INTEGER NOT NULL, -- of the act, µs since 1970 UTC
    act TEXT    NOT NULL,
    PRIMARY KEY (at, act)
) STRICT, WITHOUT ROWID;

-- A block is some thousand acts in order of time and id.
CREATE TABLE act_blocks (
    start INTEGER NOT NULL PRIMARY KEY, -- of its first act, µs
    stop  INTEGER NOT NULL,             -- of its last act, µs
    n     INTEGER NOT NULL,             -- acts
    ats   BLOB    NOT NULL              -- when each was: differences to the one before, as varints
) STRICT;

-- Which acts of a block bear a term.
CREATE TABLE act_postings (
    term   TEXT    NOT NULL, -- a letter that says of what, then the value
    start  INTEGER NOT NULL, -- of the block
    places BLOB    NOT NULL, -- 0 and differences as varints, or 1 and a bit for each act
    PRIMARY KEY (term, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX act_postings_start ON act_postings (start);

INSERT INTO act_unindexed (at, act) SELECT at, id FROM acts ORDER BY at, id;
