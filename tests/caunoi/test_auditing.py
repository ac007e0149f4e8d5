"""What `caunoi audit verify` says of a log that is whole: what else vouches for it, and what nothing does."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from audit.verify import Verified
from caunoi import verifying
from caunoi.cli import app
from caunoi.verifying import Done
from domain.wording import say


def verified(*, size: int, kept: int) -> Verified:
    counts = dict.fromkeys(("bodies", "files", "grants", "feed_rows", "receipts"), 1)
    return Verified(size=size, root="ab" * 32, statements={}, kept_receipts=kept, **counts)


@pytest.mark.parametrize("kept", [0, 4, 9])
def test_entries_without_a_kept_receipt_are_counted(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """In a log of before there are some; where somebody took receipts away it shows, too."""
    monkeypatch.setattr(verifying, "verify_log", lambda *_, **__: Done(verified(size=9, kept=kept), []))
    done = CliRunner().invoke(app, ["audit", "verify", "--lang", "en"])
    assert done.exit_code == 0
    assert (say("cli_receipts_not_kept", "en", count=9 - kept) in done.output) is (kept < 9)
