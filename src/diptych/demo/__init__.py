"""Believable demo data: ninety days of an invented SaaS product. See docs/demo.md."""

from diptych.demo.calendar import DAYS
from diptych.demo.generate import DEFAULT_EVENTS, DEFAULT_SEED, generate

__all__ = ["DAYS", "DEFAULT_EVENTS", "DEFAULT_SEED", "generate"]
