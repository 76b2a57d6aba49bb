-- +goose Up
-- What the house says about rights, each version whole. A version is never changed: it is
-- asked for and then decided on by another person, once.
CREATE TABLE rights_policies (
    id          TEXT    NOT NULL PRIMARY KEY,
    rules       TEXT    NOT NULL, -- JSON
    base        TEXT    NOT NULL, -- id of the version in force when it was asked for; built-in: none was
    reason      TEXT    NOT NULL,
    asked_by    TEXT    NOT NULL REFERENCES people (id),
    asked_at    INTEGER NOT NULL, -- µs since 1970 UTC
    decided_by  TEXT,
    decided_at  INTEGER,
    decision    TEXT,             -- approved, rejected, withdrawn
    note        TEXT    NOT NULL,
    in_force_at INTEGER
) STRICT;
CREATE INDEX rights_policies_in_force ON rights_policies (in_force_at);
CREATE UNIQUE INDEX rights_policies_waiting ON rights_policies (base) WHERE decided_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER rights_policies_no_update BEFORE UPDATE OF id, rules, base, reason, asked_by, asked_at ON rights_policies
BEGIN
    SELECT RAISE(ABORT, 'rights_policies are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rights_policies_no_delete BEFORE DELETE ON rights_policies
BEGIN
    SELECT RAISE(ABORT, 'rights_policies are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rights_policies_decide_once BEFORE UPDATE OF decided_at ON rights_policies WHEN OLD.decided_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'rights_policies are append-only');
END;
-- +goose StatementEnd
