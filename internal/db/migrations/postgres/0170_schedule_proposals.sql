-- +goose Up
-- Schedules by which less is recorded are proposed by one person and decided on by another.
ALTER TABLE proposals DROP CONSTRAINT proposals_kind_check;
ALTER TABLE proposals ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('purpose', 'positions', 'grade', 'area', 'parent', 'mask', 'schedule'));
