-- +goose Up
-- Where a segment lies: a recording volume or an archive tier by its name, '' for
-- recording.folder.
ALTER TABLE segments ADD COLUMN volume TEXT NOT NULL DEFAULT '';
CREATE INDEX segments_volume ON segments (volume, end_at);

-- How far each journal has been taken in, now of every volume.
CREATE TABLE volume_cursors (
    volume TEXT    NOT NULL,
    camera TEXT    NOT NULL,
    day    TEXT    NOT NULL,
    next   BIGINT NOT NULL, -- byte offset
    PRIMARY KEY (camera, volume, day)
);
INSERT INTO volume_cursors (volume, camera, day, next) SELECT '', camera, day, next FROM journal_cursors;
DROP TABLE journal_cursors;
ALTER TABLE volume_cursors RENAME TO journal_cursors;
