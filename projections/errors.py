"""Errors of the projections.

ProjectionError
├── FeedGapError    a feed number is missing: an alarm, never a wait
└── RowsMovedError  another writes the same rows: what is in memory must be loaded anew
"""

from __future__ import annotations


class ProjectionError(Exception):
    """Base of all projection errors. Never raised itself."""


class FeedGapError(ProjectionError):
    """The feed does not continue where the view stopped."""


class RowsMovedError(ProjectionError):
    """Rows were written by another since this writer read how far they are."""
