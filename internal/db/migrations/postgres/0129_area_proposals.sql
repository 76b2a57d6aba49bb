-- +goose Up
-- Where a camera hangs, and what an area lies in, are proposed by one person and decided on by
-- another as well.
ALTER TABLE proposals DROP CONSTRAINT proposals_kind_check;
ALTER TABLE proposals ADD CONSTRAINT proposals_kind_check CHECK (kind IN ('purpose', 'positions', 'grade', 'area', 'parent'));
