-- One person's events lie under the ids that they came with, and some count under another id since.
ALTER TABLE events ADD INDEX IF NOT EXISTS by_actor actor TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE events MATERIALIZE INDEX by_actor SETTINGS mutations_sync = 1;
