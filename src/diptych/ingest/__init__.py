"""From an accepted request to rows in the engine, without losing one."""
