-- Tables that people upload to describe the values of a property. The row with the highest version is the table as
-- it is; its rows are those of the same version, so that a replacement is seen as a whole or not at all.
CREATE TABLE IF NOT EXISTS lookup_tables (
    project UInt32,
    id String,
    version UInt64,
    name String,
    columns Array(String),
    row_count UInt64,
    changed DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, id);

CREATE TABLE IF NOT EXISTS lookup_rows (
    project UInt32,
    id String,
    version UInt64 CODEC(Delta, ZSTD(1)),
    key String CODEC(ZSTD(1)),
    values Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (project, id, version, key)
SETTINGS
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
