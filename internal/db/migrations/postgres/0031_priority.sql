-- +goose Up
-- Which cameras stop last when the disks are full: 1 to 9, 9 the most important.
ALTER TABLE cameras ADD COLUMN priority BIGINT NOT NULL DEFAULT 5;
