"""Known answers for every step another's software must do alike: `python -m caunoi.connect.vectors` writes them.

Everything is computed, but for what is sealed with fresh randomness: that was made once and lies in
`contracts/vectors/made-once.json`; who removes that file gets a new one. `refused` lists what is wrong with the stable
code it gets; `holds` says whether something signed by the hub holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caunoi.connect import answers, messages, statements
from caunoi.connect.made_up import Sealed, fresh
from caunoi.connect.messages import Parcels

FOLDER = Path(__file__).parents[2] / "contracts" / "vectors"
ONCE = "made-once.json"
ABOUT = (
    "DỮ LIỆU GIẢ ĐỊNH – KHÔNG CÓ NGƯỜI THẬT. Made up: every key here is published and refused by every founding. "
    "Bytes are hex; `…_base64` is standard base64, `public` is base64url."
)


def made_once(found: Mapping[str, str] | None) -> tuple[Sealed, Parcels]:
    """What is sealed with fresh randomness, as it lies there, or new."""
    if found is None:
        sealed = fresh()
        return sealed, messages.fresh()
    raw = {name: bytes.fromhex(text) for name, text in found.items() if name != "about"}
    sealed = Sealed(section=raw["section"], own=raw["own"], reader=raw["reader"])
    return sealed, Parcels(good=raw["good"], destroyed=raw["destroyed"])


def documents(sealed: Sealed, parcels: Parcels) -> dict[str, dict[str, Any]]:
    """Each file by its name."""
    once = {name: getattr(sealed, name).hex() for name in ("section", "own", "reader")}
    once |= {name: getattr(parcels, name).hex() for name in ("good", "destroyed")}
    made = {
        ONCE: once,
        "keys.json": statements.keys(),
        "case-code.json": statements.case_codes(),
        "header.json": statements.headers(sealed),
        "signature.json": statements.signatures(sealed),
        "section.json": statements.sections(sealed),
        "grant.json": statements.grants(sealed),
        "submission.json": statements.submissions(sealed),
        "message.json": messages.document(parcels),
        "partition.json": messages.partitions(),
        "day-key.json": answers.day_keys(),
        "answer.json": answers.answers(),
        "feed.json": answers.feed(sealed),
        "token.json": answers.tokens(),
    }
    return {name: {"about": ABOUT, **document} for name, document in made.items()}


def text_of(document: Mapping[str, Any]) -> str:
    """A file as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    once = FOLDER / ONCE
    found = json.loads(once.read_text("utf-8")) if once.exists() else None
    for name, document in documents(*made_once(found)).items():
        (FOLDER / name).write_text(text_of(document), "utf-8")


if __name__ == "__main__":
    main()
