-- +goose Up
-- Who else was at the screen when a viewing was opened: a person of the register, or a name
-- and a unit as they were typed. Append-only.
CREATE TABLE viewing_present (
    viewing TEXT    NOT NULL REFERENCES viewings (id),
    place   INTEGER NOT NULL, -- in the order in which they were named
    person  TEXT    REFERENCES people (id), -- null: somebody from outside
    name    TEXT    NOT NULL, -- empty for persons of the register
    unit    TEXT    NOT NULL,
    PRIMARY KEY (viewing, place)
) STRICT;
CREATE INDEX viewing_present_person ON viewing_present (person);

-- +goose StatementBegin
CREATE TRIGGER viewing_present_no_update BEFORE UPDATE ON viewing_present
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER viewing_present_no_delete BEFORE DELETE ON viewing_present
BEGIN
    SELECT RAISE(ABORT, 'viewings are append-only');
END;
-- +goose StatementEnd
