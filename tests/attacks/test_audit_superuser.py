"""Attack: a superuser of the database changes a byte, a row, an order, or cuts off the end of the log.

Answer: the audit names the entry, every time; the receipts that agencies hold show a cut or rewritten end.
"""

from __future__ import annotations

import psycopg
import pytest

from audit.errors import FindingError, SourceUnavailableError
from audit.postgres import PostgresLogSource
from audit.tamper import KINDS, tamper
from audit.verify import verify
from tests.audit.fixtures import Told, told, told_dsn
from tests.conftest import Databases

__all__ = ["told", "told_dsn"]

ROUNDS = 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_named(databases: Databases, told: Told, kind: str) -> None:
    """Whatever is changed, the first finding is the entry that was changed."""
    number = list(KINDS).index(kind)
    for seed in range(number, len(KINDS) * ROUNDS, len(KINDS)):
        dsn = databases.fresh(told.template)
        done = tamper(dsn, seed)
        assert done.kind == kind
        with PostgresLogSource(dsn) as source, pytest.raises(FindingError) as raised:
            told.verify(source)
        databases.drop(dsn)
        assert (seed, raised.value.index) == (seed, done.index), raised.value.code


def test_a_seed_does_the_same_again(databases: Databases, told: Told) -> None:
    """A drill can be repeated."""
    done = []
    for _ in range(2):
        dsn = databases.fresh(told.template)
        done.append(tamper(dsn, 30))
        databases.drop(dsn)
    assert done[0] == done[1]


@pytest.mark.parametrize("kind", ["rewritten"])
def test_without_receipts_a_rewritten_end_passes(told: Told, told_dsn: str, kind: str) -> None:
    """Why agencies keep receipts: nothing else shows this one."""
    tamper(told_dsn, list(KINDS).index(kind))
    with PostgresLogSource(told_dsn) as source:
        verify(source, registrar_kid=told.registrar_kid)


def test_only_a_superuser_can(told_dsn: str) -> None:
    """The hub's own roles cannot do any of it."""
    for user in ("caunoi_writer", "caunoi_eraser"):
        dsn = psycopg.conninfo.make_conninfo(told_dsn, user=user)
        for seed in range(len(KINDS)):
            with pytest.raises(SourceUnavailableError):
                tamper(dsn, seed)
