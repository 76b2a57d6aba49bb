-- +goose Up
-- What the house says about rights, each version whole. A version is never changed: it is
-- asked for and then decided on by another person, once.
CREATE TABLE rights_policies (
    id          TEXT    NOT NULL PRIMARY KEY,
    rules       TEXT    NOT NULL, -- JSON
    base        TEXT    NOT NULL, -- id of the version in force when it was asked for; built-in: none was
    reason      TEXT    NOT NULL,
    asked_by    TEXT    NOT NULL REFERENCES people (id),
    asked_at    BIGINT NOT NULL, -- µs since 1970 UTC
    decided_by  TEXT,
    decided_at  BIGINT,
    decision    TEXT,             -- approved, rejected, withdrawn
    note        TEXT    NOT NULL,
    in_force_at BIGINT
);
CREATE INDEX rights_policies_in_force ON rights_policies (in_force_at);
CREATE UNIQUE INDEX rights_policies_waiting ON rights_policies (base) WHERE decided_at IS NULL;

CREATE TRIGGER rights_policies_no_update BEFORE UPDATE OF id, rules, base, reason, asked_by, asked_at ON rights_policies FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_policies_no_delete BEFORE DELETE ON rights_policies FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_policies_no_truncate BEFORE TRUNCATE ON rights_policies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_policies_decide_once BEFORE UPDATE OF decided_at ON rights_policies FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
