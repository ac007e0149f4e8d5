"""Sealed files of papers for tests of the hub, and statements that name them. DỮ LIỆU GIẢ ĐỊNH."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from starlette.testclient import TestClient

from domain import case_code
from hub.contract import OCTETS
from node.composer import Submission
from sealing.attachments import new_file_key, seal_pieces
from sealing.tokens import Kind, issue
from tests.contracts.fixtures import bearer, serve_hub
from tests.hub.intake_fixtures import notice, resigned
from tests.world import Member, World

SCAN = b"%PDF-1.7 gi\xe1\xba\xa5y x\xc3\xa1c nh\xe1\xba\xadn gi\xe1\xba\xa3 \xc4\x91\xe1\xbb\x8bnh "


def sealed_file(agency: str, content: bytes = SCAN) -> bytes:
    """A file as its agency uploads it; never twice the same."""
    return b"".join(seal_pieces([content], file_key=new_file_key(), author=agency))


def name_of(file: bytes) -> str:
    """The hash a file is uploaded and named by."""
    return sha256(file).hexdigest()


def paper(file: bytes, **attached: Any) -> dict[str, Any]:
    """How a header names a file."""
    named = {"format": "pdf", "length": len(file), "hash": name_of(file), **attached}
    return {"kind": "confirmation", "date": "2024-03-05", "section": "identity", "attached": named}


def naming(member: Member, *papers: dict[str, Any]) -> Submission:
    """A new case that stands for papers, not sent."""
    return resigned(member, notice(member), code=case_code.new(os.urandom(16)), papers=list(papers))


class Door:
    """The hub's door for the agencies of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = TestClient(serve_hub(world), raise_server_exceptions=False)

    def head(self, agency: str) -> dict[str, str]:
        keys, now = self.world[agency].keystore, self.world.now() // 1_000_000
        token = issue(
            kind=Kind.AGENCY, agency=agency, kid=keys.kids("sign")[-1], audience="caunoi-hub", now=now, signer=keys
        )
        return bearer(token)

    def put(self, agency: str, file: bytes, *, name: str | None = None, kind: str = OCTETS) -> tuple[int, str]:
        """Upload; the status and the code of a refusal."""
        where = f"/v1/attachments/{name or name_of(file)}"
        answer = self.client.put(where, headers={**self.head(agency), "Content-Type": kind}, content=file)
        return answer.status_code, answer.json()["code"] if answer.content else ""

    def get(self, agency: str, name: str) -> bytes | None:
        """Fetch; None where there is nothing for this agency."""
        answer = self.client.get(f"/v1/attachments/{name}", headers=self.head(agency))
        if answer.status_code == 404:
            assert answer.json()["code"] == "not_found"
            return None
        assert (answer.status_code, answer.headers["content-type"]) == (200, OCTETS)
        assert answer.headers["cache-control"] == "no-store"
        return bytes(answer.content)
