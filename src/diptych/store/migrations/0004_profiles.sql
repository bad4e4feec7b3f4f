-- Derived from profile_updates: what each profile holds now. `owner` tells whose it is: a person as in events.person,
-- that is cityHash64(project, id); for a group cityHash64(project, group type, group id).
CREATE TABLE IF NOT EXISTS profiles (
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
ORDER BY (project, group_type, owner);

-- Derived likewise: the value of each property from `time` on, one row per change. Empty: not set from then on.
CREATE TABLE IF NOT EXISTS profile_history (
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
ORDER BY (project, group_type, key, owner, time);
