-- +goose Up
-- What covers the pictures of a camera. It is never removed; a set that shows more than the one
-- before is proposed by one person and decided on by another.
CREATE TABLE camera_masks (
    camera     TEXT   NOT NULL PRIMARY KEY REFERENCES cameras (id),
    shapes     TEXT   NOT NULL, -- JSON; outlines in ten-thousandths of the picture
    device     TEXT   NOT NULL, -- what the device itself covers; empty: nobody has said that it does
    changed_by TEXT   NOT NULL, -- person; empty from the command line
    changed_at BIGINT NOT NULL
);
CREATE TRIGGER camera_masks_no_delete BEFORE DELETE ON camera_masks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER camera_masks_no_truncate BEFORE TRUNCATE ON camera_masks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE proposals DROP CONSTRAINT proposals_kind_check;
ALTER TABLE proposals ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('purpose', 'positions', 'grade', 'area', 'parent', 'mask'));
