-- Current profiles and their history are derived while updates come in; nothing has written to these tables before.
-- They get small granules, because single owners are looked up in them, and survive a loss of power.
DROP TABLE IF EXISTS profiles;
CREATE TABLE profiles (
    project UInt32,
    group_type LowCardinality(String),
    owner UInt64,
    profile_id String CODEC(ZSTD(1)),
    properties Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    updated DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- the last update that is folded in, so that one which comes in order is applied to what is here
    last_accept_id UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    deleted UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, group_type, owner)
SETTINGS
    index_granularity = 256,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

DROP TABLE IF EXISTS profile_history;
CREATE TABLE profile_history (
    project UInt32,
    group_type LowCardinality(String),
    key LowCardinality(String),
    owner UInt64 CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    value String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    deleted UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, group_type, key, owner, time)
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Which derived tables were made from the logs that were there before, and by which version of their rules.
CREATE TABLE IF NOT EXISTS derivations (
    name String,
    rules UInt32,
    made DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree(rules)
ORDER BY name
SETTINGS fsync_after_insert = 1;

-- Events that see no other user properties than the ones that they carry.
ALTER TABLE events ADD COLUMN IF NOT EXISTS own_properties_only Bool DEFAULT false;
