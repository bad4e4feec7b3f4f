-- What a statement in the identity log says. Statements from before say it by their source.
ALTER TABLE identity_links ADD COLUMN IF NOT EXISTS kind LowCardinality(String) DEFAULT multiIf(
    source = '$identify', 'identified',
    source = '$create_alias', 'renamed',
    source = '$merge', 'merged',
    source IN ('usermap', 'advertising id'), if(person = '', 'unlink', 'alias'),
    'stated'
);
ALTER TABLE identity_links ADD INDEX IF NOT EXISTS by_person person_hash TYPE bloom_filter(0.001) GRANULARITY 1;
ALTER TABLE identity_links MATERIALIZE INDEX by_person SETTINGS mutations_sync = 1;

-- The id as sent where the event counts under another one, so that the mode can be changed.
ALTER TABLE events ADD COLUMN IF NOT EXISTS sent_id String DEFAULT if(
    protocol = 'mixpanel' AND startsWith(envelope['distinct_id'], '"')
        AND JSONExtractString(envelope['distinct_id']) != distinct_id,
    JSONExtractString(envelope['distinct_id']),
    ''
) CODEC(ZSTD(1));
-- The hash of the id under which the event counts now; 0: of the one under which it is stored.
ALTER TABLE events ADD COLUMN IF NOT EXISTS actor UInt64 DEFAULT 0 CODEC(ZSTD(1));
-- Whose properties the event has; 0: the actor's own.
ALTER TABLE events ADD COLUMN IF NOT EXISTS property_owner UInt64 DEFAULT 0 CODEC(ZSTD(1));
-- 0: the actor's own.
ALTER TABLE events MODIFY COLUMN person UInt64 DEFAULT 0 CODEC(ZSTD(1));

-- Derived from the identity log: who an id is, where it is not itself. All are hashes of ids, as in events.
CREATE TABLE IF NOT EXISTS persons (
    project UInt32,
    actor UInt64 CODEC(ZSTD(1)),
    person UInt64 CODEC(ZSTD(1)),
    owner UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    INDEX by_person person TYPE bloom_filter(0.001) GRANULARITY 16,
    INDEX by_owner owner TYPE bloom_filter(0.001) GRANULARITY 16
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project, actor)
SETTINGS index_granularity = 128, fsync_after_insert = 1, fsync_part_directory = 1;

-- Up to which version of `persons` the columns of `events` say the same.
CREATE TABLE IF NOT EXISTS person_folds (version UInt64, folded DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree
ORDER BY version;

-- Every id that was ever seen, by its hash, and by its text.
CREATE TABLE IF NOT EXISTS ids (
    project UInt32,
    hash UInt64 DEFAULT cityHash64(project, id) CODEC(ZSTD(1)),
    id String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (project, hash, id)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS ids_by_text (project UInt32, id String CODEC(ZSTD(1)))
ENGINE = ReplacingMergeTree
ORDER BY (project, id);

CREATE MATERIALIZED VIEW IF NOT EXISTS ids_to_text TO ids_by_text AS SELECT project, id FROM ids;

INSERT INTO ids (project, id)
SELECT DISTINCT project, distinct_id FROM events WHERE distinct_id != '';
INSERT INTO ids (project, id)
SELECT DISTINCT project, arrayJoin([actor, person]) AS id FROM identity_links WHERE id != '';
INSERT INTO ids (project, id)
SELECT DISTINCT project, profile_id FROM profile_updates WHERE group_type = '';

-- In projects of mode `amplitude`: the accept id of the first event that counts under an id. Whether a user was known
-- when it came to a device decides whether the device's own id is taken over or merged.
CREATE TABLE IF NOT EXISTS first_events (
    project UInt32,
    hash UInt64 DEFAULT cityHash64(project, id) CODEC(ZSTD(1)),
    id String EPHEMERAL,
    first SimpleAggregateFunction(min, UInt64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (project, hash)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 10000;

-- Ids whose events may still have another person in their column. Consulted by every query; emptied when the
-- columns are brought up to date.
DROP VIEW IF EXISTS links_to_overrides;
DROP TABLE IF EXISTS person_overrides;
CREATE TABLE IF NOT EXISTS person_overrides (actor UInt64, person UInt64, owner UInt64)
ENGINE = Join(ANY, LEFT, actor)
SETTINGS join_any_take_last_row = 1;
CREATE TABLE IF NOT EXISTS next_person_overrides (actor UInt64, person UInt64, owner UInt64)
ENGINE = Join(ANY, LEFT, actor)
SETTINGS join_any_take_last_row = 1;

-- Scratch of a rebuild: events that get other columns.
CREATE TABLE IF NOT EXISTS moved_events (accept_id UInt64, actor UInt64, person UInt64, owner UInt64)
ENGINE = Join(ANY, LEFT, accept_id)
SETTINGS join_any_take_last_row = 1;
