-- +goose Up
-- Lawful orders to remove footage: the one way below the minimum.
CREATE TABLE deletion_orders (
    id           TEXT    NOT NULL PRIMARY KEY,
    ground       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    document     TEXT    NOT NULL,
    from_at      BIGINT NOT NULL, -- µs since 1970 UTC
    to_at        BIGINT NOT NULL,
    requested_by TEXT    NOT NULL,
    requested_at BIGINT NOT NULL,
    state        TEXT    NOT NULL, -- requested, approved, rejected, withdrawn, executed
    decided_at   BIGINT,          -- when it was approved, rejected or withdrawn
    executed_at  BIGINT,
    removed      BIGINT NOT NULL, -- segments
    bytes        BIGINT NOT NULL,
    kept         BIGINT NOT NULL, -- segments at the edges, which reach beyond the interval
    held         BIGINT NOT NULL  -- segments that wait for a hold
);
CREATE INDEX deletion_orders_requested_at ON deletion_orders (requested_at);
CREATE INDEX deletion_orders_due ON deletion_orders (decided_at) WHERE state = 'approved';

CREATE TABLE deletion_order_cameras (
    deletion TEXT NOT NULL REFERENCES deletion_orders (id),
    camera   TEXT NOT NULL,
    PRIMARY KEY (deletion, camera)
);
CREATE INDEX deletion_order_cameras_camera ON deletion_order_cameras (camera);

CREATE TABLE deletion_order_decisions (
    deletion TEXT    NOT NULL REFERENCES deletion_orders (id),
    person   TEXT    NOT NULL,
    at       BIGINT NOT NULL,
    decision TEXT    NOT NULL, -- approved, rejected
    note     TEXT    NOT NULL,
    PRIMARY KEY (deletion, person)
);

CREATE TRIGGER deletion_orders_no_update BEFORE UPDATE OF id, ground, reason, document, from_at, to_at, requested_by, requested_at ON deletion_orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_orders_no_delete BEFORE DELETE ON deletion_orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_orders_no_truncate BEFORE TRUNCATE ON deletion_orders FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_orders_decide_once BEFORE UPDATE OF state, decided_at ON deletion_orders FOR EACH ROW WHEN (OLD.state IN ('rejected', 'withdrawn', 'executed')) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER deletion_order_cameras_no_update BEFORE UPDATE ON deletion_order_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_order_cameras_no_delete BEFORE DELETE ON deletion_order_cameras FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_order_cameras_no_truncate BEFORE TRUNCATE ON deletion_order_cameras FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER deletion_order_decisions_no_update BEFORE UPDATE ON deletion_order_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_order_decisions_no_delete BEFORE DELETE ON deletion_order_decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER deletion_order_decisions_no_truncate BEFORE TRUNCATE ON deletion_order_decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
