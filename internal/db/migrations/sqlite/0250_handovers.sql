-- +goose Up
-- Handovers of a watch: what was open, who signed for it, and what was said afterwards.
CREATE TABLE handovers (
    id        TEXT    NOT NULL PRIMARY KEY,
    room      TEXT    NOT NULL REFERENCES rooms (id),
    seq       INTEGER NOT NULL, -- of the tenure that it ends
    outgoing  TEXT    NOT NULL REFERENCES people (id),
    opened_by TEXT    NOT NULL REFERENCES people (id),
    opened_at INTEGER NOT NULL,
    UNIQUE (room, seq)
) STRICT;
CREATE INDEX handovers_opened ON handovers (room, opened_at);

-- Outgoing, then incoming, then a leader who looks it through. The outgoing signs anew where
-- somebody else is to take over; the last signature counts.
CREATE TABLE handover_signatures (
    handover TEXT    NOT NULL REFERENCES handovers (id),
    role     TEXT    NOT NULL CHECK (role IN ('outgoing', 'incoming', 'review')),
    nth      INTEGER NOT NULL CHECK (nth = 1 OR role = 'outgoing'),
    person   TEXT    NOT NULL REFERENCES people (id),
    at       INTEGER NOT NULL,
    said     TEXT    NOT NULL, -- JSON; what was signed: of the outgoing the sheet, of the incoming what they acknowledged
    hash     TEXT    NOT NULL, -- SHA-256 of it, in hexadecimal
    factors  TEXT    NOT NULL, -- JSON; kinds of second factors of who signed
    PRIMARY KEY (handover, role, nth)
) STRICT;

CREATE TABLE handover_remarks (
    id       TEXT    NOT NULL PRIMARY KEY,
    handover TEXT    NOT NULL REFERENCES handovers (id),
    person   TEXT    NOT NULL REFERENCES people (id),
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('remark', 'dispute', 'defect')),
    words    TEXT    NOT NULL
) STRICT;
CREATE INDEX handover_remarks_of ON handover_remarks (handover, at);

-- +goose StatementBegin
CREATE TRIGGER handovers_no_update BEFORE UPDATE ON handovers
BEGIN
    SELECT RAISE(ABORT, 'a handover never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER handovers_no_delete BEFORE DELETE ON handovers
BEGIN
    SELECT RAISE(ABORT, 'a handover is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER handover_signatures_no_update BEFORE UPDATE ON handover_signatures
BEGIN
    SELECT RAISE(ABORT, 'a signature never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER handover_signatures_no_delete BEFORE DELETE ON handover_signatures
BEGIN
    SELECT RAISE(ABORT, 'a signature is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER handover_remarks_no_update BEFORE UPDATE ON handover_remarks
BEGIN
    SELECT RAISE(ABORT, 'a remark never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER handover_remarks_no_delete BEFORE DELETE ON handover_remarks
BEGIN
    SELECT RAISE(ABORT, 'a remark is never deleted');
END;
-- +goose StatementEnd
