"""`audit verify` on this machine: the database opened, pinned keys and receipts collected, every finding gathered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from audit.errors import FindingError, SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.verify import Audit, Verified
from caunoi.deployment import open_database
from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.receipts import collect
from caunoi.settings import Settings
from domain.wording import say
from ledger.errors import LedgerError
from ledger.receipt import Receipt
from sealing.encoding import from_base64url
from sealing.errors import EncodingError


@dataclass(frozen=True, slots=True)
class Done:
    """What was looked at and every finding, the first one first."""

    verified: Verified
    findings: list[FindingError]

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        found = [
            {
                "index": one.index,
                "code": one.code,
                "params": one.params,
                "vi": say(one.code, "vi", **one.params),
                "en": say(one.code, "en", **one.params),
            }
            for one in self.findings
        ]
        return {"intact": not found, **asdict(self.verified), "findings": found}


def verify_log(settings: Settings, *, keys: Path | None, progress: Callable[[int], None]) -> Done:
    """Verify the log of this home's database; the embedded server is started if it does not run.

    Raises:
        SettingsError: the pinned keys cannot be read.
        UnavailableError: there is no log, or it cannot be read.
    """
    home = Home(settings.home)
    registrar, hub = _pinned(keys or home.auditor_keys)
    try:
        with open_database(settings, home) as dsn, PostgresLogSource(dsn) as source:
            receipts, damaged = _receipts(dsn)
            audit = Audit(source, registrar_kid=registrar, hub_public=hub, receipts=receipts, progress=progress)
            findings = [*audit.findings(), *damaged]
            return Done(audit.verified(), findings)
    except SourceUnavailableError:
        raise UnavailableError("cli_log_unavailable") from None


def _pinned(file: Path) -> tuple[str, bytes]:
    """The registrar's key id and the hub's public key."""
    try:
        found = json.loads(file.read_text("utf-8"))
        return str(found["registrar"]["kid"]), from_base64url(found["hub"]["public"])
    except FileNotFoundError:
        raise UnavailableError("cli_no_keys") from None
    except (OSError, ValueError, KeyError, TypeError, EncodingError):
        raise SettingsError("cli_keys_unreadable") from None


def _receipts(dsn: str) -> tuple[list[Receipt], list[FindingError]]:
    """The nodes' receipts; one that is damaged is a finding. None where this user may not read them."""
    try:
        return collect(dsn), []
    except psycopg.Error:
        return [], []
    except (LedgerError, KeyError, TypeError):
        return [], [FindingError(0, "cli_receipt_damaged")]
