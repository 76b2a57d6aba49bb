-- +goose Up
-- Who agreed as the second person is found like who was there: the index of the acts is made
-- anew where anybody has. It follows from the acts, and the log commits to those.
DELETE FROM act_postings WHERE EXISTS (SELECT 1 FROM acts WHERE kind = 'second.agreed');
DELETE FROM act_blocks WHERE EXISTS (SELECT 1 FROM acts WHERE kind = 'second.agreed');
INSERT INTO act_unindexed (at, act)
    SELECT at, id FROM acts WHERE EXISTS (SELECT 1 FROM acts WHERE kind = 'second.agreed')
    ON CONFLICT (at, act) DO NOTHING;
