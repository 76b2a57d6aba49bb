-- +goose Up
-- What footage may be looked at for, with the legal basis. A purpose is never deleted: acts
-- name it. The words of those that come with the program are the institution's to change.
CREATE TABLE purposes (
    code          TEXT    NOT NULL PRIMARY KEY,
    name_zh       TEXT    NOT NULL, -- one of both may be empty
    name_en       TEXT    NOT NULL,
    basis_zh      TEXT    NOT NULL, -- law or rule; likewise
    basis_en      TEXT    NOT NULL,
    clauses       TEXT    NOT NULL, -- ids with spaces between
    needs_reason  BOOLEAN NOT NULL,
    needs_request BOOLEAN NOT NULL,
    back          BIGINT  NOT NULL CHECK (back >= 0), -- seconds; 0: as far as the rights reach
    by_system     BOOLEAN NOT NULL, -- the program writes it, nobody chooses it
    created_at    BIGINT  NOT NULL, -- 0: came with the program
    retired_at    BIGINT
);

INSERT INTO purposes (code, name_zh, name_en, basis_zh, basis_en, clauses, needs_reason, needs_request, back, by_system, created_at) VALUES
('duty_review', '值班复核', 'Duty review', '《公共安全视频图像信息系统管理条例》（国务院令第799号）第十六条；值班监看制度', 'State Council order 799, art. 16; rules of the watch', 'C006 C104', FALSE, FALSE, 0, TRUE, 0),
('incident', '事件核查', 'Incident', '《企业事业单位内部治安保卫条例》（国务院令第421号）', 'State Council order 421', 'C006 C105', TRUE, FALSE, 0, FALSE, 0),
('inspection', '检查', 'Inspection', '《公共安全视频图像信息系统管理条例》（国务院令第799号）第二十四条', 'State Council order 799, art. 24', 'C006 C019', TRUE, FALSE, 0, FALSE, 0),
('maintenance', '维护', 'Maintenance', '《公共安全视频图像信息系统管理条例》（国务院令第799号）第十五条', 'State Council order 799, art. 15', 'C006 C017', TRUE, FALSE, 0, FALSE, 0),
('request', '他人申请', 'Request by others', '《公共安全视频图像信息系统管理条例》（国务院令第799号）第二十条、第二十一条', 'State Council order 799, arts 20 and 21', 'C006 C104', TRUE, FALSE, 0, FALSE, 0);

CREATE TRIGGER purposes_no_delete BEFORE DELETE ON purposes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER purposes_no_truncate BEFORE TRUNCATE ON purposes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER purposes_keep_code BEFORE UPDATE OF code, by_system, created_at ON purposes FOR EACH ROW EXECUTE FUNCTION refuse_change();
