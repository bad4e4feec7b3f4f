"""Diptych: product analytics over one store, in both vendors' data models."""

__version__ = "0.1.0"
