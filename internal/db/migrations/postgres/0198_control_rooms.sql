-- +goose Up
-- Which cameras watch a control room. A mark is ended, never deleted: who watches would be let
-- near the pictures of their own room.
CREATE TABLE control_rooms (
    camera    TEXT   NOT NULL PRIMARY KEY REFERENCES cameras (id),
    name      TEXT   NOT NULL, -- of the room
    networks  TEXT   NOT NULL, -- JSON; addresses and networks of the computers in it
    marked_by TEXT   NOT NULL, -- person; empty from the command line
    marked_at BIGINT NOT NULL,
    ended_by  TEXT   NOT NULL, -- likewise
    ended_at  BIGINT NOT NULL  -- 0: it watches the room
);
CREATE TRIGGER control_rooms_no_delete BEFORE DELETE ON control_rooms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER control_rooms_no_truncate BEFORE TRUNCATE ON control_rooms FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE proposals DROP CONSTRAINT proposals_kind_check;
ALTER TABLE proposals ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('purpose', 'positions', 'grade', 'area', 'parent', 'mask', 'schedule', 'room'));
