"""Receipts are signed once, with the statement's own append, and are the same bytes ever after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from hub.errors import EntryMismatchError
from hub.intake import Intake
from hub.log.application import HubApplication
from hub.log.records import Found
from hub.receipts import Receipts
from ledger import receipt as receipts
from ledger.entry import leaf_hash
from sealing.keystore import MemoryKeyStore
from tests.hub.intake_fixtures import activity, hub_dsn, only, world
from tests.hub.log_fixtures import Stream, application, check_whole, clock
from tests.world import WOMEN, World

__all__ = ["application", "clock", "hub_dsn", "world"]


def with_another_key(world: World) -> Intake:
    """The same hub after its key was changed."""
    keys = MemoryKeyStore("hub")
    kid = keys.add_key(use="sign", suite="ed25519")
    return replace(world.intake, signer=keys, sign_as=kid)


def test_a_receipt_outlives_the_key(world: World) -> None:
    """A hub that signs by a new key hands out what it once gave: asked for, or the statement sent again."""
    sent = activity(world[WOMEN])
    given = only(world.send(WOMEN, sent))
    later = with_another_key(world)

    assert given == later.receipt(sent.statement.id, agency=WOMEN)
    assert [given] == later.submit([sent.body], agency=WOMEN)
    receipts.verify(given, world.hub_public)


def test_one_signature_a_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is not signed again, however often it is asked for."""
    signed: list[bytes] = []
    sign = world.hub_keys.sign

    def counted(kid: str, data: bytes) -> bytes:
        signed.append(data)
        return sign(kid, data)

    monkeypatch.setattr(world.hub_keys, "sign", counted)
    sent = activity(world[WOMEN])
    world.send(WOMEN, sent, sent)
    world.send(WOMEN, sent)
    world.intake.receipt(sent.statement.id, agency=WOMEN)
    assert 1 == len(signed)


def test_an_entry_of_before_is_signed_when_somebody_asks(world: World) -> None:
    """A log that was begun before receipts were kept goes on giving them."""
    sent = activity(world[WOMEN])
    given = only(world.send(WOMEN, sent))
    with psycopg.connect(world.dsn) as connection:
        connection.execute("ALTER TABLE hub.log DISABLE TRIGGER append_only")
        connection.execute("UPDATE hub.log SET receipt_kid = NULL, receipt_sig = NULL")
        connection.execute("ALTER TABLE hub.log ENABLE TRIGGER append_only")
    assert given == world.intake.receipt(sent.statement.id, agency=WOMEN)


@pytest.mark.parametrize("wrong", [{"statement": "ab" * 32}, {"index": 2}, {"leaf": "cd" * 32}, {"recorded": 1}])
def test_a_receipt_of_something_else_is_not_kept(
    application: HubApplication, hub_dsn: str, wrong: dict[str, Any]
) -> None:
    """Kept, it would be handed out for ever."""
    keys = MemoryKeyStore("hub")
    made = Receipts(keys, keys.add_key(use="sign", suite="ed25519"))
    with pytest.raises(EntryMismatchError, match="receipt"), application.recorder.appending() as appending:
        new = Stream().entry(appending.recorded)
        good = made.issue(Found(new.statement_hash, 1, leaf_hash(new.entry), appending.recorded))
        application.append(replace(new, receipt=replace(good, **wrong)))
    assert 0 == check_whole(hub_dsn)
