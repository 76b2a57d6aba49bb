-- +goose Up
-- Emergency rights that somebody has taken (break-glass). Times are µs since 1970 UTC.
CREATE TABLE emergencies (
    id         TEXT NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES people (id),
    name       TEXT NOT NULL, -- of the right, in the register
    cause      TEXT NOT NULL, -- the button that was pressed
    reason     TEXT NOT NULL, -- what was typed, if anything was
    grade      INTEGER NOT NULL, -- of cameras, up to which
    back       INTEGER NOT NULL, -- µs, how old footage may be; 0: any
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL, -- exclusive
    due_at     INTEGER NOT NULL, -- of the report
    ended_at   INTEGER, -- before it ended by itself
    ended_by   TEXT REFERENCES people (id),
    end_reason TEXT NOT NULL DEFAULT '',
    report     TEXT NOT NULL DEFAULT '',
    reported_at INTEGER,
    breach_at  INTEGER, -- since when the report was noted as missing
    verdict    TEXT NOT NULL DEFAULT '',
    note       TEXT NOT NULL DEFAULT '', -- of the verdict
    settled_by TEXT REFERENCES people (id),
    settled_at INTEGER
) STRICT;
CREATE INDEX emergencies_until ON emergencies (until_at);
CREATE INDEX emergencies_person ON emergencies (person, from_at);
CREATE INDEX emergencies_open ON emergencies (from_at) WHERE settled_at IS NULL;
