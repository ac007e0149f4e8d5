"""Attack: a thief with the writer's credential adds rows around the hub: with a gap, in the past, under a wrong hash.

Answer: the database itself refuses an index that does not follow, a time that goes back, a body that is not its hash.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from hub.log.application import HubApplication
from tests.hub.log_fixtures import Stream, append, application, clock, counts, hub_dsn

__all__ = ["application", "clock", "hub_dsn"]

ROW = """
    INSERT INTO hub.log SELECT index, index + 100, gen_random_uuid(), 1, index::text, sha256(index::text::bytea),
        'police-th', 'kid', 'case.notified', sha256('leaf'), recorded
    FROM (VALUES {}) AS rows (index, recorded)
"""
LATER = 2**62


@pytest.mark.parametrize(
    "rows",
    [
        f"(4, {LATER})",
        f"(9, {LATER})",
        f"(3, {LATER}), (5, {LATER})",
        f"(3, {LATER}), (4, {LATER}), (6, {LATER})",
        "(3, 1)",
        f"(3, {LATER}), (4, 1)",
        f"(2, {LATER})",
        f"(0, {LATER})",
        f"(-1, {LATER})",
    ],
)
def test_an_index_that_does_not_follow_is_refused(application: HubApplication, hub_dsn: str, rows: str) -> None:
    """No gap, no second row at one place, no place before the first, no time in the past."""
    append(application, Stream(), Stream())
    before = counts(hub_dsn)
    with psycopg.connect(hub_dsn, user="caunoi_writer") as connection, pytest.raises(errors.IntegrityError):
        connection.execute(ROW.format(rows))
    assert before == counts(hub_dsn)


def test_rows_that_follow_are_taken(application: HubApplication, hub_dsn: str) -> None:
    """The same statement with the next indexes passes, so it is the gap that is refused.

    No entry is behind these rows: that, only an audit finds.
    """
    append(application, Stream(), Stream())
    with psycopg.connect(hub_dsn, user="caunoi_writer") as connection:
        connection.execute(ROW.format(f"(3, {LATER}), (4, {LATER})"))
    assert 4 == counts(hub_dsn)["log"]


def test_a_body_that_is_not_its_hash_is_refused(hub_dsn: str) -> None:
    """A body can lie only under its own SHA-256."""
    with psycopg.connect(hub_dsn, user="caunoi_writer") as connection, pytest.raises(errors.CheckViolation):
        connection.execute("INSERT INTO hub.bodies VALUES (sha256('one'), 'other', 1)")
