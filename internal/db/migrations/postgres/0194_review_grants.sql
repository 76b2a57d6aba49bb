-- +goose Up
-- The day on which a token last opened something (µs of its beginning, UTC); NULL: not since this is
-- kept. It is written once a day at most.
ALTER TABLE tokens ADD COLUMN used_on BIGINT;
-- Lines of a review of rights that are no position of a person: tokens, rules of the house, and
-- groups of directories that give positions.
CREATE TABLE rights_review_grants (
    id         TEXT NOT NULL PRIMARY KEY,
    review     TEXT NOT NULL REFERENCES rights_reviews (id),
    kind       TEXT NOT NULL CHECK (kind IN ('token', 'rule', 'group')),
    subject    TEXT NOT NULL, -- id of the token; id of the rule with a digest of it; directory, position and group
    person     TEXT REFERENCES people (id), -- whose token it is
    said       TEXT NOT NULL, -- JSON, what the line shows
    since_at   BIGINT NOT NULL,
    used_at    BIGINT NOT NULL, -- as of the opening; 0: not that anybody knows
    decision   TEXT NOT NULL DEFAULT '', -- confirmed, withdrawn, gone
    decided_by TEXT REFERENCES people (id),
    decided_at BIGINT,
    reason     TEXT NOT NULL DEFAULT '',
    UNIQUE (review, kind, subject)
);
