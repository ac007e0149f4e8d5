"""What the sealed sections hold: the fields an adapter or an officer may fill, and their shapes.

A section's plaintext is one JSON object::

    {"source": {"form": "police.case_file/1", "file": "<sha256>"},          # absent when an officer typed it
     "values": {"full_name": {"value": "…", "written": "…", "at": "BiHai[1].HoTen"}, …},
     "papers": [{"number": "…", "issuer": "…", "signatory": "…", "title": "…", "file": {"size": 48123, "key": "…"}}]}

`papers` has one (`PAPER`) for each paper of the header that names this section, in order; `file` iff it has `attached`.
`value` is normalised, `written` the text as it stood, `at` its sheet and cell (or path): sealed with the rest.
`FIELDS` names every field that may stand under `values` for each section; a test holds adapters and views to it.
"""

from __future__ import annotations

from domain.statements import Section

FIELDS: dict[Section, dict[str, str]] = {
    Section.IDENTITY: {
        "full_name": "str, NFC, as the person writes it, capitals folded to title case",
        "other_names": "list[str], 'tức …', foreign spellings",
        "birth": "{year?, month?, day?, age?, said_on?, calendar?}: only what is known, no day invented",
        "sex": "'f' | 'm'",
        "ethnicity": "str, as listed (Kinh, Thái, Mông …)",
        "nationality": "ISO 3166 alpha-2 | 'unknown'",
        "papers": "list[{kind, number, issuer?, date?}]: kind in cccd, cmnd, confirmation, declaration, handover, …",
        "residence": "str, as written, place of registered residence",
        "residence_province": "2-digit province code, if certain",
        "residence_commune": "{code, list, now}: 5 digits of a dated list of `domain.places`, its codes of today",
        "relation": "str: child of …, accompanied by … (position in the same paper)",
    },
    Section.CONTACT: {
        "phones": "list[{number, owner}]: owner 'self' | 'mother' | … | 'unknown' (chưa rõ của ai – không gọi)",
        "address": "str, where the person is now",
        "safe_contact": "str, how to reach without danger",
        "householder": "str, chủ hộ",
    },
    Section.ACCOUNT: {
        "criminal_case": "str, số vụ án",
        "articles": "list[str], articles of the Criminal Code",
        "statement": "str, what happened",
        "route": "str, where and how the person crossed",
    },
    Section.HEALTH: {"condition": "str", "needs": "str"},
    Section.SUPPORT: {
        "regime": "code of the regime (a … k)",
        "given": "str, what was given, as written",
        "amount": "int, VND",
        "in_kind": "str",
        "on": "{year, month?, day?}",
        "place": "str",
        "note": "str",
    },
    Section.PROFILE: {
        "sex": "'f' | 'm'",
        "birth_year": "int",
        "minor": "bool, under 18 when found",
        "ethnic_group": "code: kinh | minority",
        "nationality": "ISO 3166 alpha-2",
        "residence": "'inside' | 'outside' the reporting province",
        "residence_province": "2-digit province code",
        "destination": "ISO 3166 alpha-2 of the country of exploitation | 'VN'",
        "purpose": "code of the purpose list (Decree 62/2012 Art 5)",
        "article": "'150' | '151'",
        "source": "code: criminal_case | border_handover | self_report | screening",
    },
    Section.MESSAGE: {"text": "str, the words of one referral, for its two sides"},
}
PAPER: dict[str, str] = {
    "number": "str, số, ký hiệu",
    "issuer": "str, tên cơ quan ban hành",
    "signatory": "str, người ký, chức vụ",
    "title": "str, trích yếu",
    "file": "{size: bytes of the file, key: base64 of the 32 bytes it is sealed under}; never its name",
}
