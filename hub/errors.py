"""Errors of the hub.

    HubError
    ├── StartRefusedError            the hub must not run like this
    │   ├── UnsafeSettingError       a setting under which acknowledged entries could be lost or skipped
    │   ├── SecondHubError           another hub writes to this database
    │   └── SchemaError              the database is not the one this program was made for
    ├── IntakeUnavailableError       nothing was acknowledged; the same may be sent again
    ├── EraserAwayError              dropped grants could not be deleted for now; they are not handed out meanwhile
    └── LogError
        ├── NotAppendingError        entries were given outside an open append
        ├── EntryMismatchError       what is to be appended contradicts itself or the log
        ├── AppendBrokenError        an append went on after one of its statements had failed
        └── LogGapError              a number is missing where there can be no gap

Conflicts and lost connections keep the library's names (`IntegrityError`, `OperationalError` of
`eventsourcing.persistence`). No message carries a body, an entry or a personal value.
"""

from __future__ import annotations


class HubError(Exception):
    """Base of all errors of the hub. Never raised itself."""


class StartRefusedError(HubError):
    """The hub must not run like this. Never raised itself."""


class UnsafeSettingError(StartRefusedError):
    """A setting under which acknowledged entries could be lost or skipped."""


class SecondHubError(StartRefusedError):
    """Another hub writes to this database."""


class SchemaError(StartRefusedError):
    """The database is not the one this program was made for."""


class IntakeUnavailableError(HubError):
    """The database is away, or the fate of a commit is unknown. The same submission may be sent again."""


class EraserAwayError(HubError):
    """Dropped grants could not be deleted for now. They are not handed out meanwhile."""


class LogError(HubError):
    """Base of the errors of the log. Never raised itself."""


class NotAppendingError(LogError):
    """Entries were given outside an open append, or an append was opened inside another."""


class EntryMismatchError(LogError):
    """What is to be appended contradicts itself or the log."""


class AppendBrokenError(LogError):
    """An append went on after one of its statements had failed; nothing of it is recorded."""


class LogGapError(LogError):
    """A number is missing where there can be no gap. An alarm, never a reason to wait."""
