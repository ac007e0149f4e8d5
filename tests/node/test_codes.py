"""What a header may name: a code on its list, an agency in the directory, whatever is handed in."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import current
from node.codes import LISTS, check_named


@pytest.mark.parametrize("wrong", [[], ["medical"], {}, {"medical": 1}, 7, 10**30, True, "", "\x00", "\ud800"])
@pytest.mark.parametrize("fact", [*LISTS, "law"])
def test_what_is_no_code(fact: str, wrong: Any) -> None:
    """A list, an object, a number, a text that is no code: refused as an unknown code, not an error inside."""
    with pytest.raises(RefusedError, match="code_unknown"):
        check_named({fact: wrong}, to=(), directory=Directory(), rules=current())


def test_what_is_on_its_list() -> None:
    """Codes of their lists pass, and what is not said is not looked for."""
    check_named({"regime": "medical", "reason": None}, to=(), directory=Directory(), rules=current())
