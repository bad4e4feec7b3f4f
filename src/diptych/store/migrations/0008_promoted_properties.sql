-- Properties of events that have a column of their own, because reports read them often: docs/properties.md.
CREATE TABLE IF NOT EXISTS promoted_properties (
    scope LowCardinality(String),
    key String,
    column String,
    -- people asked for it: it stays until they take it back
    pinned Bool,
    used DateTime64(3, 'UTC'),
    version UInt64,
    -- 0: promoted; 1: not any more, but the column may be asked for a little longer; 2: the column is gone
    demoted UInt8
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (scope, key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
