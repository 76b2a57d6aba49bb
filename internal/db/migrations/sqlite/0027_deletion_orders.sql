-- +goose Up
-- Lawful orders to remove footage: the one way below the minimum.
CREATE TABLE deletion_orders (
    id           TEXT    NOT NULL PRIMARY KEY,
    ground       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    document     TEXT    NOT NULL,
    from_at      INTEGER NOT NULL, -- µs since 1970 UTC
    to_at        INTEGER NOT NULL,
    requested_by TEXT    NOT NULL,
    requested_at INTEGER NOT NULL,
    state        TEXT    NOT NULL, -- requested, approved, rejected, withdrawn, executed
    decided_at   INTEGER,          -- when it was approved, rejected or withdrawn
    executed_at  INTEGER,
    removed      INTEGER NOT NULL, -- segments
    bytes        INTEGER NOT NULL,
    kept         INTEGER NOT NULL, -- segments at the edges, which reach beyond the interval
    held         INTEGER NOT NULL  -- segments that wait for a hold
) STRICT;
CREATE INDEX deletion_orders_requested_at ON deletion_orders (requested_at);
CREATE INDEX deletion_orders_due ON deletion_orders (decided_at) WHERE state = 'approved';

CREATE TABLE deletion_order_cameras (
    deletion TEXT NOT NULL REFERENCES deletion_orders (id),
    camera   TEXT NOT NULL,
    PRIMARY KEY (deletion, camera)
) STRICT;
CREATE INDEX deletion_order_cameras_camera ON deletion_order_cameras (camera);

CREATE TABLE deletion_order_decisions (
    deletion TEXT    NOT NULL REFERENCES deletion_orders (id),
    person   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    decision TEXT    NOT NULL, -- approved, rejected
    note     TEXT    NOT NULL,
    PRIMARY KEY (deletion, person)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER deletion_orders_no_update BEFORE UPDATE OF id, ground, reason, document, from_at, to_at, requested_by, requested_at ON deletion_orders
BEGIN
    SELECT RAISE(ABORT, 'deletion_orders are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletion_orders_no_delete BEFORE DELETE ON deletion_orders
BEGIN
    SELECT RAISE(ABORT, 'deletion_orders are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletion_orders_decide_once BEFORE UPDATE OF state, decided_at ON deletion_orders WHEN OLD.state IN ('rejected', 'withdrawn', 'executed')
BEGIN
    SELECT RAISE(ABORT, 'deletion_orders are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deletion_order_cameras_no_update BEFORE UPDATE ON deletion_order_cameras
BEGIN
    SELECT RAISE(ABORT, 'deletion_order_cameras are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletion_order_cameras_no_delete BEFORE DELETE ON deletion_order_cameras
BEGIN
    SELECT RAISE(ABORT, 'deletion_order_cameras are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deletion_order_decisions_no_update BEFORE UPDATE ON deletion_order_decisions
BEGIN
    SELECT RAISE(ABORT, 'deletion_order_decisions are append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deletion_order_decisions_no_delete BEFORE DELETE ON deletion_order_decisions
BEGIN
    SELECT RAISE(ABORT, 'deletion_order_decisions are append-only');
END;
-- +goose StatementEnd
