"""A rule set that adds to another: both as one, the other known by its bytes."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from typing import Any

ROWS = {"answering", "disclosure", "ground", "notice", "deadline"}


def whole(content: bytes) -> dict[str, Any]:
    """A rule set as data, with what it extends: rows are added to rows, codes to lists; another name and kinds count.

    Raises:
        ValueError: what it extends is not the file it names, or a code is there already.
    """
    data = tomllib.loads(content.decode())
    if "extends" not in data:
        return data
    before = files("domain.rules").joinpath(data["extends"]["file"]).read_bytes()
    if hashlib.sha256(before).hexdigest() != data.pop("extends")["sha256"]:
        raise ValueError(f"rule set {data['name']} extends another file than the one it names")
    base = whole(before)
    lists = base["lists"]
    for name, codes in data.pop("lists", {}).items():
        known = lists.setdefault(name, {})
        if twice := known.keys() & codes.keys():
            raise ValueError(f"rule set {data['name']}: {sorted(twice)} stand in list {name} already")
        known |= codes
    return base | {name: [*base[name], *more] if name in ROWS else more for name, more in data.items()}
