-- Which changes of profiles are not in the columns of `events` that hold values at the event yet: those of later
-- versions than the last fold. The index finds them without reading the rest.
ALTER TABLE profile_history ADD INDEX IF NOT EXISTS by_version version TYPE minmax GRANULARITY 1;
ALTER TABLE profile_history MATERIALIZE INDEX by_version SETTINGS mutations_sync = 1;

CREATE TABLE IF NOT EXISTS value_folds (version UInt64, folded DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree
ORDER BY version;

-- Scratch of a fold: events that get another value, and whose it is.
CREATE TABLE IF NOT EXISTS staged_values (accept_id UInt64, owner UInt64, value String)
ENGINE = Join(ANY, LEFT, accept_id)
SETTINGS join_any_take_last_row = 1;
