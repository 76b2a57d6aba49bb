-- +goose Up
-- Values of parameters from when they were approved. The newest version of a key is in
-- force; a key without any has the default of the program. Keys that a later program
-- does not know stay.
CREATE TABLE parameter_values (
    version  BIGINT NOT NULL, -- one more with every proposal that comes into force
    key      TEXT    NOT NULL,
    value    TEXT    NOT NULL, -- JSON
    origin   TEXT    NOT NULL, -- own, pack; default: whatever the program has
    clause   TEXT    NOT NULL,
    proposal TEXT    NOT NULL REFERENCES parameter_proposals (id),
    at       BIGINT NOT NULL, -- µs since 1970 UTC
    PRIMARY KEY (version, key)
);
CREATE INDEX parameter_values_key ON parameter_values (key, version);

CREATE TRIGGER parameter_values_no_update BEFORE UPDATE ON parameter_values FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_values_no_delete BEFORE DELETE ON parameter_values FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER parameter_values_no_truncate BEFORE TRUNCATE ON parameter_values FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
