-- +goose Up
-- What positions are called, and those that the institution has added. None is ever deleted:
-- acts, rules and reviews name its code. The words of those that come with the program are
-- the institution's to change.
CREATE TABLE positions (
    code       TEXT    NOT NULL PRIMARY KEY,
    name_zh    TEXT    NOT NULL CHECK (name_zh <> ''),
    name_en    TEXT    NOT NULL CHECK (name_en <> ''),
    basis      TEXT    NOT NULL, -- position of the program whose rights it begins with; empty: none
    created_at INTEGER NOT NULL, -- 0: came with the program
    retired_at INTEGER,
    CHECK (created_at <> 0 OR (basis = '' AND retired_at IS NULL))
) STRICT;

INSERT INTO positions (code, name_zh, name_en, basis, created_at) VALUES
('administrator', '系统管理员', 'Administrator', '', 0),
('operator', '监控员', 'Operator', '', 0),
('duty_lead', '值班长', 'Duty lead', '', 0),
('supervisor', '安保主管', 'Supervisor', '', 0),
('technician', '维护人员', 'Technician', '', 0),
('auditor', '审核人员', 'Auditor', '', 0),
('leader', '分管领导', 'Leader', '', 0),
('stand_in', '临时顶岗', 'Stand-in', '', 0);

-- +goose StatementBegin
CREATE TRIGGER positions_no_delete BEFORE DELETE ON positions
BEGIN
    SELECT RAISE(ABORT, 'positions are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER positions_keep_code BEFORE UPDATE OF code, basis, created_at ON positions
BEGIN
    SELECT RAISE(ABORT, 'a position keeps its code and its basis');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER positions_stay_retired BEFORE UPDATE ON positions WHEN OLD.retired_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a retired position stays as it is');
END;
-- +goose StatementEnd
