"""Errors of the projections.

ProjectionError
└── FeedGapError    a feed number is missing: an alarm, never a wait
"""

from __future__ import annotations


class ProjectionError(Exception):
    """Base of all projection errors. Never raised itself."""


class FeedGapError(ProjectionError):
    """The feed does not continue where the view stopped."""
