-- +goose Up
-- What all segments of a volume or tier come to. Adding millions of rows up for every
-- forecast, and once a minute, took longer the more was kept.
CREATE TABLE segment_bytes (
    volume TEXT NOT NULL PRIMARY KEY,
    bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO segment_bytes (volume, bytes) SELECT volume, SUM(bytes) FROM segments GROUP BY volume;

-- +goose StatementBegin
CREATE TRIGGER segment_bytes_insert AFTER INSERT ON segments
BEGIN
    INSERT INTO segment_bytes (volume, bytes) VALUES (NEW.volume, NEW.bytes)
    ON CONFLICT (volume) DO UPDATE SET bytes = segment_bytes.bytes + NEW.bytes;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER segment_bytes_delete AFTER DELETE ON segments
BEGIN
    UPDATE segment_bytes SET bytes = bytes - OLD.bytes WHERE volume = OLD.volume;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER segment_bytes_update AFTER UPDATE OF volume, bytes ON segments
BEGIN
    UPDATE segment_bytes SET bytes = bytes - OLD.bytes WHERE volume = OLD.volume;
    INSERT INTO segment_bytes (volume, bytes) VALUES (NEW.volume, NEW.bytes)
    ON CONFLICT (volume) DO UPDATE SET bytes = segment_bytes.bytes + NEW.bytes;
END;
-- +goose StatementEnd
