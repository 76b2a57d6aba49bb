-- +goose Up
-- The index of the acts, by which they are searched. It is made from what the acts
-- themselves say and can be made anew at any time; the log commits to the acts, not to it.

-- Acts that no block has taken in yet.
CREATE TABLE act_unindexed (
    at  BIGINT  NOT NULL, -- of the act, µs since 1970 UTC
    act TEXT    NOT NULL,
    PRIMARY KEY (at, act)
);

-- A block is some thousand acts in order of time and id.
CREATE TABLE act_blocks (
    start BIGINT  NOT NULL PRIMARY KEY, -- of its first act, µs
    stop  BIGINT  NOT NULL,             -- of its last act, µs
    n     BIGINT  NOT NULL,             -- acts
    ats   BYTEA   NOT NULL              -- when each was: differences to the one before, as varints
);

-- Which acts of a block bear a term.
CREATE TABLE act_postings (
    term   TEXT    NOT NULL, -- a letter that says of what, then the value
    start  BIGINT  NOT NULL, -- of the block
    places BYTEA   NOT NULL, -- 0 and differences as varints, or 1 and a bit for each act
    PRIMARY KEY (term, start)
);
CREATE INDEX act_postings_start ON act_postings (start);

INSERT INTO act_unindexed (at, act) SELECT at, id FROM acts ORDER BY at, id;
