"""Errors of a node.

    NodeError
    ├── HubUnavailableError   the hub cannot be reached for now; what was to be sent stays in the outbox
    └── HubAnswerError        the hub answered something this node does not understand

What is refused for a coded reason is `domain.errors.RefusedError`, here as everywhere.
"""

from __future__ import annotations


class NodeError(Exception):
    """Base of all errors of a node. Never raised itself."""


class HubUnavailableError(NodeError):
    """The hub cannot be reached for now."""


class HubAnswerError(NodeError):
    """The hub answered out of contract."""
