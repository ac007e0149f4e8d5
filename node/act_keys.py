"""An act that comes twice is done once: the key its sender gave the request is kept with the statement, for a day.

As in draft-ietf-httpapi-idempotency-key-header: a key is its officer's own and stands for one request, byte for byte.
Of both only keyed hashes are kept. What was refused before it became a statement may be asked again under its key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from domain.errors import RefusedError
from node.composer import Submission
from node.node import Node
from node.store import Connection

PATTERN = '^"[A-Za-z0-9._:-]{16,64}"$'  # a String of RFC 9651, as the draft wants, of characters that need no escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act: the statement's id, and its log index, or None while it waits for the hub."""

    statement: str
    index: int | None
    id: str | None = None  # of the referral or transfer it made, or the mã hồ sơ of the case


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKey:
    """The key of one officer's request. `key` is an HMAC (hex) of what was sent as such, `asked` one of the body."""

    officer: str
    key: str
    asked: bytes

    @classmethod
    def of(cls, officer: str, key: str, body: bytes, *, tag_key: bytes) -> ActKey:
        """That of a request with this body."""
        kept = hmac.digest(tag_key, b"act-key|" + key.encode(), "sha256").hex()
        return cls(officer=officer, key=kept, asked=hmac.digest(tag_key, b"act|" + body, "sha256"))


def queue(node: Node, one: Submission, key: ActKey | None, *, made: str | None) -> None:
    """Queue an act's statement and keep its key, both or neither."""
    try:
        with node.store.connection.transaction():
            node.queue([one])
            if key is not None:
                keep(node.store.connection, key, statement=one.statement.id, made=made)
    except BaseException:
        node.take_back([one])
        raise


def keep(connection: Connection, one: ActKey, *, statement: str, made: str | None) -> None:
    """Keep the key of what is queued; forget those of yesterday."""
    connection.execute("DELETE FROM act_keys WHERE kept < now() - interval '1 day'")
    connection.execute(
        "INSERT INTO act_keys (officer, key, asked, statement_id, made) VALUES (%s, %s, %s, %s, %s)",
        (one.officer, one.key, one.asked, statement, made),
    )


def done(connection: Connection, one: ActKey) -> Done | None:
    """What became of the act that was asked under this key, as far as it is known now; None where none was done.

    Raises:
        RefusedError: `act_key_used`: it was another request; else why the hub refused the act.
    """
    row = connection.execute(
        "SELECT asked, statement_id, made, state, answer FROM act_keys JOIN outbox USING (statement_id)"
        " WHERE officer = %s AND key = %s AND kept >= now() - interval '1 day'",
        (one.officer, one.key),
    ).fetchone()
    if row is None:
        return None
    asked, statement, made, state, answer = row
    if not hmac.compare_digest(asked, one.asked):
        raise RefusedError("act_key_used")
    if state == "refused":
        raise RefusedError(answer["code"], **answer.get("params", {}))
    return Done(statement=statement, index=answer["index"] if state == "sent" else None, id=made)
