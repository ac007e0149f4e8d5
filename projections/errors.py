"""Errors of the projections.

    ProjectionError
    ├── FeedGapError           a feed number is missing: an alarm, never a wait
    └── MaterialsMissingError  a body or grant could not be had for now; try again later
"""

from __future__ import annotations


class ProjectionError(Exception):
    """Base of all projection errors. Never raised itself."""


class FeedGapError(ProjectionError):
    """The feed does not continue where the view stopped."""


class MaterialsMissingError(ProjectionError):
    """Bodies or grants cannot be fetched for now."""
