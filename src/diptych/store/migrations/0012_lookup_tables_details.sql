-- What a protocol keeps of a table besides its rows, as JSON, and since when there is one.
ALTER TABLE lookup_tables ADD COLUMN IF NOT EXISTS about String;
ALTER TABLE lookup_tables ADD COLUMN IF NOT EXISTS created DateTime64(3, 'UTC') DEFAULT changed;
