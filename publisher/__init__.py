"""Columns in, feeds and letters out: a publisher for newsrooms."""

__version__ = "0.1.0"
