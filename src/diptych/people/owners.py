"""Whose profile an update belongs to."""

from diptych.store.sql import Sql

OWNER = Sql("if(group_type = '', cityHash64(project, profile_id), cityHash64(project, group_type, profile_id))")
"""The owner as SQL over project, group_type and profile_id: for a person what `events.person` has."""
