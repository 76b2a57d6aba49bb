-- +goose Up
-- The way of every act into the log: written in the act's own transaction, marked when
-- the log holds it. The salt keeps the commitment in the log from being guessed and is
-- kept as long as the act is.
CREATE TABLE act_outbox (
    act  TEXT NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL, -- 32 random bytes
    log  TEXT NOT NULL, -- origin of the log that holds the act; empty until then
    leaf INTEGER        -- index there; NULL until then
) STRICT;
CREATE INDEX act_outbox_waiting ON act_outbox (act) WHERE leaf IS NULL;
CREATE INDEX act_outbox_leaf ON act_outbox (log, leaf);

INSERT INTO act_outbox (act, salt, log, leaf) SELECT id, randomblob(32), '', NULL FROM acts;

-- +goose StatementBegin
CREATE TRIGGER act_outbox_no_update BEFORE UPDATE OF act, salt ON act_outbox
BEGIN
    SELECT RAISE(ABORT, 'salts of acts do not change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER act_outbox_no_delete BEFORE DELETE ON act_outbox
BEGIN
    SELECT RAISE(ABORT, 'act_outbox is append-only');
END;
-- +goose StatementEnd
