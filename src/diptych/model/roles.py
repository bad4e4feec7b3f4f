"""What somebody may do in a project."""

from enum import StrEnum


class Role(StrEnum):
    """Viewers ask and look, editors also change what is saved and stored, owners also manage people, keys and settings.

    >>> Role.OWNER.covers(Role.EDITOR), Role.VIEWER.covers(Role.EDITOR)
    (True, False)
    """

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what needs the other one."""
        order = [Role.VIEWER, Role.EDITOR, Role.OWNER]
        return order.index(self) >= order.index(needed)
