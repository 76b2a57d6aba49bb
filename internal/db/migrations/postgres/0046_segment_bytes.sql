-- +goose Up
-- What all segments of a volume or tier come to. Adding millions of rows up for every
-- forecast, and once a minute, took longer the more was kept.
CREATE TABLE segment_bytes (
    volume TEXT NOT NULL PRIMARY KEY,
    bytes  BIGINT NOT NULL
);
INSERT INTO segment_bytes (volume, bytes) SELECT volume, SUM(bytes) FROM segments GROUP BY volume;

-- +goose StatementBegin
CREATE FUNCTION add_segment_bytes() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO segment_bytes (volume, bytes) SELECT volume, SUM(bytes) FROM new_rows GROUP BY volume
        ON CONFLICT (volume) DO UPDATE SET bytes = segment_bytes.bytes + EXCLUDED.bytes;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE segment_bytes s SET bytes = s.bytes - o.bytes
        FROM (SELECT volume, SUM(bytes)::BIGINT AS bytes FROM old_rows GROUP BY volume) o WHERE s.volume = o.volume;
    ELSE
        INSERT INTO segment_bytes (volume, bytes)
        SELECT volume, SUM(bytes) FROM (
            SELECT volume, bytes FROM new_rows UNION ALL SELECT volume, -bytes FROM old_rows
        ) d GROUP BY volume HAVING SUM(bytes) <> 0
        ON CONFLICT (volume) DO UPDATE SET bytes = segment_bytes.bytes + EXCLUDED.bytes;
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER segment_bytes_insert AFTER INSERT ON segments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION add_segment_bytes();
CREATE TRIGGER segment_bytes_delete AFTER DELETE ON segments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION add_segment_bytes();
CREATE TRIGGER segment_bytes_update AFTER UPDATE ON segments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION add_segment_bytes();
