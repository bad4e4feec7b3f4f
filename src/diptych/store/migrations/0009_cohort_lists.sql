-- Cohorts that are lists of ids. `owner` is the hash of what an event with that id would count under (for a group as
-- in `profiles`); whose that is now is asked when the list is, so that a link made later counts. A row with a higher
-- version and `deleted` takes an id off the list.
CREATE TABLE IF NOT EXISTS cohort_lists (
    project UInt32,
    list String,
    owner UInt64,
    id String CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    deleted UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, list, owner)
SETTINGS
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
