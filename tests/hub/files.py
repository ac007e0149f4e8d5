"""Sealed files of papers for tests of the hub, and statements that name them. DỮ LIỆU GIẢ ĐỊNH."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from node.composer import Submission
from sealing.attachments import new_file_key, seal_pieces
from tests.hub.intake_fixtures import notice, resigned
from tests.world import Member

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
    return resigned(member, notice(member), papers=list(papers))
