-- +goose Up
-- What the records remember of every log of this node: the last checkpoint that was
-- signed. A log that is smaller, or another, is not signed any more.
CREATE TABLE ledger_heads (
    origin    TEXT   NOT NULL PRIMARY KEY,
    size      BIGINT NOT NULL, -- entries
    note      TEXT   NOT NULL, -- the signed checkpoint
    at        BIGINT NOT NULL, -- µs since 1970 UTC, when it was noted
    successor TEXT   NOT NULL  -- origin of the log that took its place by a person's decision; empty while it grows
);
