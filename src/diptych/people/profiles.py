"""Profiles: the fold of their updates."""


class Profiles:
    """Reads profiles."""
