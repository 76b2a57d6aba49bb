-- +goose Up
-- Two more positions of the program: the general manager or principal, and the contractor. A
-- house may have added one with such a code; it keeps its name and its holders, and may what
-- the program's position may.
DROP TRIGGER positions_keep_code ON positions;
UPDATE positions SET basis = '', created_at = 0, retired_at = NULL WHERE code IN ('principal', 'contractor');
INSERT INTO positions (code, name_zh, name_en, basis, created_at) VALUES
('principal', '总经理/校长', 'General manager or principal', '', 0),
('contractor', '承包商/外包人员', 'Contractor', '', 0)
ON CONFLICT (code) DO NOTHING;
CREATE TRIGGER positions_keep_code BEFORE UPDATE OF code, basis, created_at ON positions FOR EACH ROW EXECUTE FUNCTION refuse_change();
