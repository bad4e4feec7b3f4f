-- One row per event. What is in the sorting key never changes; who the person is stands outside it.
CREATE TABLE IF NOT EXISTS events (
    project UInt32,
    name LowCardinality(String),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    distinct_id String CODEC(ZSTD(1)),
    -- 0: tied to no one, so never a person
    id_hash UInt64 DEFAULT if(distinct_id = '', 0, cityHash64(project, distinct_id)) CODEC(ZSTD(1)),
    copy_hash UInt128 CODEC(NONE),
    version UInt64 CODEC(Delta, ZSTD(1)),
    person UInt64 DEFAULT id_hash CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    device_id String CODEC(ZSTD(1)),
    insert_id String CODEC(ZSTD(1)),
    session_id Nullable(Int64) CODEC(ZSTD(1)),
    event_id Nullable(Int64) CODEC(ZSTD(1)),
    control Bool,
    received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    client_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    upload_time Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    accept_id UInt64 CODEC(Delta, ZSTD(1)),
    protocol LowCardinality(String),
    library LowCardinality(String),
    properties Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    user_properties Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    context Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    envelope Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    groups Map(LowCardinality(String), Array(String)) CODEC(ZSTD(1)),
    INDEX by_id id_hash TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_received received TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(time)
ORDER BY (project, name, toDate(time), id_hash, copy_hash)
SETTINGS
    non_replicated_deduplication_window = 10000,
    enable_block_number_column = 1,
    enable_block_offset_column = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- The truth about profiles: every operation, in the order of its own time.
CREATE TABLE IF NOT EXISTS profile_updates (
    project UInt32,
    group_type LowCardinality(String),
    profile_id String CODEC(ZSTD(1)),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    accept_id UInt64 CODEC(ZSTD(1)),
    position UInt32,
    operation LowCardinality(String),
    values Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    protocol LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (project, group_type, profile_id, time, accept_id, position)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- The truth about who is who: the identity log.
CREATE TABLE IF NOT EXISTS identity_links (
    project UInt32,
    actor String CODEC(ZSTD(1)),
    person String CODEC(ZSTD(1)),
    actor_hash UInt64 DEFAULT cityHash64(project, actor) CODEC(ZSTD(1)),
    person_hash UInt64 DEFAULT cityHash64(project, person) CODEC(ZSTD(1)),
    accept_id UInt64 CODEC(Delta, ZSTD(1)),
    source LowCardinality(String),
    time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (project, actor_hash, accept_id)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- What was wrong with what clients sent, for the people of the project. Kept for 30 days.
CREATE TABLE IF NOT EXISTS ingestion_issues (
    project UInt32,
    kind LowCardinality(String),
    reason LowCardinality(String),
    received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    accept_id UInt64 CODEC(Delta, ZSTD(1)),
    protocol LowCardinality(String),
    field String CODEC(ZSTD(1)),
    count UInt32,
    sample String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (project, kind, reason, received, accept_id)
TTL toDateTime(received) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Actors whose events belong to another person than the column says. Derived from identity_links; the
-- first link of an actor wins, which is what this engine does with a second row for a key.
CREATE TABLE IF NOT EXISTS person_overrides (
    actor UInt64,
    person UInt64
)
ENGINE = Join(ANY, LEFT, actor);

CREATE MATERIALIZED VIEW IF NOT EXISTS links_to_overrides TO person_overrides AS
SELECT actor_hash AS actor, person_hash AS person FROM identity_links;
