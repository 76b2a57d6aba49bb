-- +goose Up
-- The way of every act into the log: written in the act's own transaction, marked when
-- the log holds it. The salt keeps the commitment in the log from being guessed and is
-- kept as long as the act is.
CREATE TABLE act_outbox (
    act  TEXT  NOT NULL PRIMARY KEY,
    salt BYTEA NOT NULL, -- 32 random bytes
    log  TEXT  NOT NULL, -- origin of the log that holds the act; empty until then
    leaf BIGINT          -- index there; NULL until then
);
CREATE INDEX act_outbox_waiting ON act_outbox (act) WHERE leaf IS NULL;
CREATE INDEX act_outbox_leaf ON act_outbox (log, leaf);

-- Two random UUIDs are 32 bytes, 244 bits of them random.
INSERT INTO act_outbox (act, salt, log, leaf)
SELECT id, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), '', NULL FROM acts;

CREATE TRIGGER act_outbox_no_update BEFORE UPDATE OF act, salt ON act_outbox FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER act_outbox_no_delete BEFORE DELETE ON act_outbox FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER act_outbox_no_truncate BEFORE TRUNCATE ON act_outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
