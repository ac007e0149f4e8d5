"""Errors of the audit.

    AuditError
    ├── FindingError             the log is not what it should be; names the entry
    └── SourceUnavailableError   the log cannot be read now, or there is none

Messages and parameters carry codes, positions, names of fields: nothing of an entry, a body or a view.
"""

from __future__ import annotations


class AuditError(Exception):
    """Base of all errors of the audit. Never raised itself."""


class FindingError(AuditError):
    """Something was found. `index` is the log index it is about; `code` has words in `domain/words/audit.toml`."""

    def __init__(self, index: int, code: str, **params: str | int) -> None:
        super().__init__(f"entry {index}: {code}")
        self.index = index
        self.code = code
        self.params: dict[str, str | int] = {"index": index, **params}


class SourceUnavailableError(AuditError):
    """The log cannot be read: no connection, no such schema, no right to."""
