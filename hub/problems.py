"""Problems as RFC 9457 says: a stable code, the words in both languages, never anything of the input."""

from __future__ import annotations

from typing import Any

from domain.wording import say

STATUS = {
    "token_wrong": 401,
    "not_found": 404,
    "case_unknown": 404,
    "submission_too_large": 413,
    "hub_unavailable": 503,
    "not_authorised": 403,
}
CONFLICTS = frozenset(
    {
        "decision_late",
        "statement_id_taken",
        "prev_unknown",
        "stale_epoch",
        "case_closed",
        "offer_expired",
        "offer_open",
        "transfer_open",
        "case_code_taken",
        "agency_taken",
        "key_taken",
        "referral_taken",
    }
)


def status_of(code: str) -> int:
    """The HTTP status of a refusal code."""
    if code in STATUS:
        return STATUS[code]
    return 409 if code in CONFLICTS or code.startswith("already_") else 422


def problem(
    code: str, *, params: dict[str, str | int] | None = None, language: str = "vi", **more: Any
) -> dict[str, Any]:
    """One problem document. `more` are extension members (a signature, a receipt)."""
    words = params or {}
    vi, en = say(code, "vi", **words), say(code, "en", **words)
    return {
        "type": f"urn:caunoi:problem:{code}",
        "title": en if language.startswith("en") else vi,
        "status": status_of(code),
        "code": code,
        "vi": vi,
        "en": en,
        **({"params": words} if words else {}),
        **more,
    }
