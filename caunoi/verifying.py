"""`audit verify` on this machine: the database opened, pinned keys and receipts collected, every finding gathered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from audit.errors import FindingError, SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.verify import Audit, Verified
from caunoi.bootstrap import schema_of
from caunoi.database import open_database
from caunoi.errors import SettingsError, UnavailableError
from caunoi.home import Home
from caunoi.receipts import collect, of_registrar, receipt_schemas
from caunoi.settings import Settings
from domain.case import local_day
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
    registrar, hub = pinned(keys or home.auditor_keys)
    try:
        with open_database(settings, home) as dsn, PostgresLogSource(dsn) as source:
            receipts, damaged = receipts_of(dsn, schemas_of(home))
            registrars, spoiled = _registrars(home)
            receipts, damaged = receipts + registrars, damaged + spoiled
            day = local_day(time.time_ns() // 1_000)
            audit = Audit(
                source, registrar_kid=registrar, hub_public=hub, receipts=receipts, day=day, progress=progress
            )
            findings = [*audit.findings(), *damaged]
            return Done(audit.verified(), findings)
    except SourceUnavailableError:
        raise UnavailableError("cli_log_unavailable") from None


def _registrars(home: Home) -> tuple[list[Receipt], list[FindingError]]:
    try:
        return of_registrar(home), []
    except (OSError, LedgerError, ValueError, KeyError, TypeError):
        return [], [FindingError(0, "cli_receipt_damaged")]


def pinned(file: Path) -> tuple[str, bytes]:
    """The registrar's key id and the hub's public key."""
    try:
        found = json.loads(file.read_text("utf-8"))
        return str(found["registrar"]["kid"]), from_base64url(found["hub"]["public"])
    except FileNotFoundError:
        raise UnavailableError("cli_no_keys") from None
    except (OSError, ValueError, KeyError, TypeError, EncodingError):
        raise SettingsError("cli_keys_unreadable") from None


def schemas_of(home: Home) -> dict[str, str]:
    """Agency → schema of the nodes that have run in this home: each must still have its receipts."""
    return {
        one.name: schema_of(one.name) for one in sorted(home.nodes.iterdir()) if home.node(one.name).view_keys.exists()
    }


def receipts_of(dsn: str, expected: dict[str, str]) -> tuple[list[Receipt], list[FindingError]]:
    """The nodes' receipts; a damaged one, or a node that has lost its own, is a finding.

    Who cut the log's tail could drop the receipts in the same database too. None where this user may not read them.
    """
    try:
        there = receipt_schemas(dsn)
        lost = [agency for agency, schema in expected.items() if schema not in there]
        return collect(dsn), [FindingError(0, "cli_receipts_missing", agency=agency) for agency in lost]
    except psycopg.Error:
        return [], []
    except (LedgerError, KeyError, TypeError):
        return [], [FindingError(0, "cli_receipt_damaged")]
