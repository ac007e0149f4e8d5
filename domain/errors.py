"""Errors of the domain.

    DomainError
    └── RefusedError    a statement, a row or a request that may not be; carries a stable code

Codes are the contract; their words in Vietnamese and English are in `domain/words.toml`. An error never carries a
person: parameters are field names, agency ids, numbers, positions.
"""

from __future__ import annotations


class DomainError(Exception):
    """Base of all domain errors. Never raised itself."""


class RefusedError(DomainError):
    """Something is refused for a reason that has a stable code."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
