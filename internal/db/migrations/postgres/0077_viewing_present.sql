-- +goose Up
-- Who else was at the screen when a viewing was opened: a person of the register, or a name
-- and a unit as they were typed. Append-only.
CREATE TABLE viewing_present (
    viewing TEXT    NOT NULL REFERENCES viewings (id),
    place   BIGINT  NOT NULL, -- in the order in which they were named
    person  TEXT    REFERENCES people (id), -- null: somebody from outside
    name    TEXT    NOT NULL, -- empty for persons of the register
    unit    TEXT    NOT NULL,
    PRIMARY KEY (viewing, place)
);
CREATE INDEX viewing_present_person ON viewing_present (person);

CREATE TRIGGER viewing_present_no_update BEFORE UPDATE ON viewing_present FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_present_no_delete BEFORE DELETE ON viewing_present FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER viewing_present_no_truncate BEFORE TRUNCATE ON viewing_present FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
