"""What a header may name: checked before a statement is kept or sent, because a header is in the clear and stays.

A name can be written so that it looks like a code or an agency's id. The hub would refuse it, and by then the node
would have kept it in its outbox. Whether a code may stand where it stands, the hub decides.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules

LISTS = {
    "activity": ("activity",),
    "channel": ("channel",),
    "received": ("received",),
    "given_by": ("given_by",),
    "issuer": ("issuer",),
    "paper": ("paper",),
    "purpose": ("purpose",),
    "reason": ("refusal", "recall", "closing", "correction", "annulment"),
    "regime": ("regime",),
    "service": ("service",),
}
"""The lists of the rules that have the codes of a fact."""


def check_named(facts: Mapping[str, Any], *, to: Sequence[str], directory: Directory, rules: Rules) -> None:
    """Refuse what is on no list.

    Raises:
        RefusedError: `code_unknown`, `agency_unknown`.
    """
    for fact, lists in LISTS.items():
        code = facts.get(fact)
        if code is not None and not any(_is_on(code, rules.lists[name]) for name in lists):
            raise RefusedError("code_unknown", list=lists[0])
    if facts.get("law") is not None and not _is_on(facts["law"], rules.grounds):
        raise RefusedError("code_unknown", list="ground")
    for agency in (*to, *facts.get("recipients", ())):
        directory.agency(agency)


def _is_on(code: object, names: Container[str]) -> bool:
    return isinstance(code, str) and code in names
