-- +goose Up
-- Reviews of who holds what: each position of each person is confirmed or withdrawn. Times
-- are µs since 1970 UTC.
CREATE TABLE rights_reviews (
    id        TEXT NOT NULL PRIMARY KEY,
    opened_by TEXT NOT NULL REFERENCES people (id),
    opened_at BIGINT NOT NULL,
    due_at    BIGINT NOT NULL,
    note      TEXT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX rights_reviews_opened ON rights_reviews (opened_at);
CREATE TABLE rights_review_items (
    id         TEXT NOT NULL PRIMARY KEY,
    review     TEXT NOT NULL REFERENCES rights_reviews (id),
    person     TEXT NOT NULL REFERENCES people (id),
    position   TEXT NOT NULL,
    areas      TEXT NOT NULL, -- JSON, ids; empty: everywhere
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    since_at   BIGINT NOT NULL,
    used_at    BIGINT NOT NULL, -- when it was last used, as of the opening; 0: not that anybody knows
    decision   TEXT NOT NULL DEFAULT '', -- confirmed, withdrawn, gone
    decided_by TEXT REFERENCES people (id),
    decided_at BIGINT,
    reason     TEXT NOT NULL DEFAULT '',
    UNIQUE (review, person, position)
);
