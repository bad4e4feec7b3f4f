-- Which event was the first of its copies, where the events' own sorting key cannot tell: copies that differ
-- in name, day or id. Looked up and written before the event is inserted; gone when a copy no longer counts as one.
CREATE TABLE IF NOT EXISTS first_copies (
    hash UInt128 CODEC(NONE),
    accept_id UInt64 CODEC(ZSTD(1)),
    received DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    project UInt32 CODEC(ZSTD(1)),
    expires DateTime CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (hash, accept_id)
TTL expires
SETTINGS
    index_granularity = 128,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Events that came before this table did.
INSERT INTO first_copies
SELECT copy_hash, accept_id, received, project, if(protocol = 'amplitude', toDateTime(received) + INTERVAL 7 DAY, toDateTime('2105-12-31 00:00:00', 'UTC'))
FROM events FINAL
WHERE version = bitNot(accept_id) AND copy_hash != accept_id;
