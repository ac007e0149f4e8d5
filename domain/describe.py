"""Describes every statement from the code: what `docs/statements.md` holds.

``python -m domain.describe > docs/statements.md`` writes it anew; a test compares.
"""

from __future__ import annotations

import ast
import inspect as source
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import inspect

from domain.statements import (
    AGENCY_STATEMENTS,
    CASE_STATEMENTS,
    DIRECTORY_STATEMENTS,
    Attached,
    CaseStatement,
    DataKey,
    Grant,
    Paper,
    SealedSection,
    Statement,
)
from domain.wording import catalogue, say

REFUSING = (
    "decisions.py",
    "offering.py",
    "speaking.py",
    "sharing.py",
    "directory.py",
    "mechanism.py",
    "case_code.py",
    "papers.py",
    "statements.py",
)

WHO: dict[str, tuple[str, str]] = {  # type → (Vietnamese term, who may make it)
    "genesis": ("mục mở sổ", "the registrar, once, first"),
    "agency.registered": ("ghi cơ quan vào danh bạ", "the registrar"),
    "agency.revoked": ("đưa cơ quan ra khỏi danh bạ", "the registrar"),
    "key.registered": ("đăng ký khóa", "the registrar"),
    "key.revoked": ("thu hồi khóa", "the registrar"),
    "activity.recorded": ("hoạt động của cơ quan", "any agency that writes in cases, of itself"),
    "case.notified": ("thông báo", "any agency that writes in cases opens one; a party adds a second notice"),
    "section.appended": ("bổ sung phân mục", "a party"),
    "statement.corrected": ("đính chính", "the author of what it corrects, or the custodian"),
    "statement.annulled": ("hủy bỏ (ghi nhầm)", "the author of what it annuls, or the custodian"),
    "consent.given": ("sự đồng ý", "a party; never an importer"),
    "consent.withdrawn": ("rút lại sự đồng ý", "a party that was told of the consent"),
    "consent.withdrawal_acknowledged": ("xác nhận đã dừng sử dụng", "a recipient of the consent, once"),
    "identification.requested": ("đề nghị xác minh", "a party, to competent authorities"),
    "identification.answered": ("trả lời xác minh", "a party that is a competent authority"),
    "referral.offered": ("chuyển gửi", "the custodian; the receiver of an accepted referral, onward"),
    "referral.delivered": ("đã nhận đề nghị", "the receiver's node, once"),
    "referral.opened": ("đã mở xem đề nghị", "the receiver, once"),
    "referral.accepted": ("tiếp nhận", "the receiver"),
    "referral.refused": ("từ chối tiếp nhận", "the receiver"),
    "referral.recalled": ("thu hồi đề nghị", "the sender"),
    "transfer.offered": ("bàn giao", "the custodian"),
    "transfer.accepted": ("nhận bàn giao", "the receiver"),
    "transfer.refused": ("từ chối nhận bàn giao", "the receiver"),
    "transfer.recalled": ("thu hồi đề nghị bàn giao", "the custodian that offered"),
    "access.requested": ("xin quyền đọc", "a party, to a holder"),
    "access.granted": ("cấp quyền đọc", "an author or holder of the data keys"),
    "access.failed": ("không mở được", "an agency that was granted the data keys"),
    "support.recorded": ("hỗ trợ", "a party"),
    "case.closed": ("kết thúc hồ sơ", "the custodian"),
}
SHAPES = (
    ("Sealed section", SealedSection),
    ("Grant", Grant),
    ("Data key", DataKey),
    ("Paper", Paper),
    ("Attached file", Attached),
)
GROUPS = (
    ("The directory (danh bạ)", DIRECTORY_STATEMENTS),
    ("An agency's own activity (hoạt động)", AGENCY_STATEMENTS),
    ("Cases (hồ sơ trường hợp)", CASE_STATEMENTS),
)


def describe() -> str:
    """All statements as one Markdown page."""
    lines = [
        "# Statements",
        "",
        "Written by `python -m domain.describe > docs/statements.md`; a test compares it with the code.",
        "",
        "One statement is one line of JSON, signed, and one entry of the log. Every field is in the clear and names",
        "nobody: an id, a hash, a code, a date or a number. Personal data is in the sealed sections the header names.",
        "",
        "**Decisions** conflict with another decision on the same matter that the author has not seen",
        "(`decision_late`), and a closed case takes none but the withdrawal of a consent. **Facts** are never refused",
        "because the case moved on; they are marked late.",
        "",
        "## Fields of every statement",
        "",
        *_fields(Statement, without=frozenset()),
        "",
        "Statements about a case have besides:",
        "",
        *_fields(CaseStatement, without=frozenset(Statement.__struct_fields__)),
    ]
    for title, shape in SHAPES:
        lines += ["", f"### {title}", "", _summary(shape), "", *_fields(shape, without=frozenset())]
    for title, classes in GROUPS:
        lines += ["", f"## {title}"]
        for cls in classes:
            lines += _statement(cls)
    return "\n".join([*lines, "", *_refusals()]) + "\n"


def _statement(cls: type[Statement]) -> Iterator[str]:
    tag = str(cls.__struct_config__.tag)
    term, who = WHO[tag]
    kind = "decision" if cls.DECISION else "fact"
    base = CaseStatement if issubclass(cls, CaseStatement) else Statement
    yield from ("", f"### `{tag}`: {term}", "", _summary(cls), "")
    yield f"- may be made by: {who}"
    if issubclass(cls, CaseStatement):
        yield f"- {kind}"
    codes = REFUSED_WITH.get(tag, ())
    if codes:
        yield "- refused with: " + ", ".join(f"`{code}`" for code in codes)
    fields = list(_fields(cls, without=frozenset(base.__struct_fields__)))
    if len(fields) > 2:
        yield ""
        yield from fields


def _summary(cls: type) -> str:
    return " ".join(source.cleandoc(cls.__doc__ or "").split())


def _fields(cls: type[msgspec.Struct], *, without: frozenset[str]) -> Iterator[str]:
    yield "| field | kind | |"
    yield "|---|---|---|"
    for entry in msgspec.structs.fields(cls):
        if entry.name not in without:
            needed = "required" if entry.required else ""
            yield f"| `{entry.encode_name}` | {_kind(inspect.type_info(entry.type))} | {needed} |"


def _kind(type_: inspect.Type) -> str:
    match type_:
        case inspect.Metadata(type=inner, extra_json_schema=notes):
            return str(notes["description"]) if notes and "description" in notes else _kind(inner)
        case inspect.IntType(ge=low, le=high):
            return f"{low} … {high}"
        case inspect.EnumType() | inspect.LiteralType():
            values = type_.values if isinstance(type_, inspect.LiteralType) else [member.value for member in type_.cls]
            return " · ".join(f"`{value}`" for value in values)
        case inspect.BoolType():
            return "yes or no"
        case inspect.VarTupleType(item_type=item, min_length=low, max_length=high):
            return f"list ({low or 0} … {'any' if high is None else high}) of {_kind(item)}"
        case inspect.StructType(cls=cls):
            return cls.__name__
        case inspect.UnionType(types=types):
            some = [_kind(member) for member in types if not isinstance(member, inspect.NoneType)]
            return " or ".join([*some, "null"])
        case _:
            raise TypeError(f"no words for {type(type_).__name__}")


@cache
def refusal_codes() -> dict[str, frozenset[str]]:
    """Codes raised in each module of the domain, read from its source: module → codes."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted(files("domain").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".py"):
            calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
            found[file.name] = frozenset(
                str(call.args[0].value)
                for call in calls
                if getattr(call.func, "id", "") == "RefusedError" and isinstance(call.args[0], ast.Constant)
            )
    return found


def _refusals() -> Iterator[str]:
    codes = sorted(set().union(*(refusal_codes()[name] for name in REFUSING)))
    yield "## Refusals"
    yield ""
    yield "| code | Vietnamese | English |"
    yield "|---|---|---|"
    for code in codes:
        if code in catalogue():
            yield f"| `{code}` | {say(code, 'vi')} | {say(code, 'en')} |"


_MENDING = ("statement_unknown", "not_author_or_custodian", "already_annulled")
_ANSWER = ("referral_unknown", "not_your_decision", "already_answered", "offer_expired")
_OFFER = ("one_receiver_needed", "kind_not_author", "date_in_past", "not_custodian", "referral_taken")
_REFUSAL = (*_ANSWER, "refusal_words_missing", "code_unknown")
REFUSED_WITH: dict[str, tuple[str, ...]] = {  # besides those any statement may meet
    "genesis": ("genesis_misplaced", "key_malformed"),
    "agency.registered": ("not_registrar", "agency_taken", "agency_unknown"),
    "agency.revoked": ("not_registrar", "agency_unknown", "agency_revoked", "registrar_needed", "code_unknown"),
    "key.registered": ("not_registrar", "agency_unknown", "key_taken", "key_suite_wrong", "key_malformed"),
    "key.revoked": ("not_registrar", "key_unknown", "key_revoked", "registrar_needed", "code_unknown"),
    "activity.recorded": ("kind_not_author", "date_in_future", "code_unknown"),
    "case.notified": ("case_code_missing", "case_code_wrong", "case_code_taken", "code_unknown"),
    "section.appended": ("section_missing",),
    "statement.corrected": (*_MENDING, "section_missing", "correction_beyond_original", "code_unknown"),
    "statement.annulled": (*_MENDING, "cannot_be_annulled", "code_unknown"),
    "consent.given": ("code_unknown", "period_reversed", "grant_forbidden"),
    "consent.withdrawn": ("consent_unknown", "consent_already_withdrawn"),
    "consent.withdrawal_acknowledged": ("consent_unknown", "nothing_to_acknowledge", "already_acknowledged"),
    "identification.requested": ("status_does_not_allow", "not_competent", "code_unknown"),
    "identification.answered": ("not_competent", "already_identified", "date_in_future", "code_unknown"),
    "referral.offered": (*_OFFER, "service_not_given", "referral_unknown", "code_unknown"),
    "referral.delivered": ("referral_unknown", "not_your_decision", "already_delivered"),
    "referral.opened": ("referral_unknown", "not_your_decision", "already_opened"),
    "referral.accepted": _ANSWER,
    "referral.refused": _REFUSAL,
    "referral.recalled": (*_ANSWER, "code_unknown"),
    "transfer.offered": (*_OFFER, "transfer_open"),
    "transfer.accepted": _ANSWER,
    "transfer.refused": _REFUSAL,
    "transfer.recalled": (*_ANSWER, "code_unknown"),
    "access.requested": ("data_key_unknown", "code_unknown"),
    "access.granted": ("grant_missing", "statement_unknown"),
    "access.failed": ("data_key_unknown",),
    "support.recorded": ("code_unknown", "date_in_future", "period_reversed", "referral_unknown"),
    "case.closed": ("not_custodian", "offer_open", "code_unknown"),
}

if __name__ == "__main__":
    sys.stdout.write(describe())
