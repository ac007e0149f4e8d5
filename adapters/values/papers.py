"""Papers: a person's own (CCCD, CMND, passport …) and those that two agencies hold and files are joined by.

A number that was rounded by a spreadsheet or has another length than its kind is returned to the office: completing
it would name another person. A CCCD that lost its leading zero is completed only where sex and year of the row agree.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from adapters.contract import Fact, PaperRef
from adapters.values import maps
from adapters.values.dates import read_day
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold, paper_key

MAX_PAPER: Final = 120
"""Characters of one cell about one paper."""
PAPER_CENTURY: Final = 2000
"""Papers under the law of 2011 and its forerunners: a two-digit year can only be of this century."""

_LENGTHS: Final = {"cccd": 12, "cmnd": 9}
_LOST_ZERO: Final = frozenset({8, 11})
_CHINESE_ID: Final = re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]")
_LETTERED: Final = re.compile(r"[A-Z]{0,3}[0-9]{4,10}")
_CERTIFIED: Final = re.compile(r"[A-Z]{0,3}[0-9]{4,10}|[0-9]{12}")
"""A giấy chứng nhận căn cước carries a personal number of 12 digits, or a number of its own."""
_ROUNDED: Final = re.compile(r"[0-9]+[.,]?[0-9]*E\+?[0-9]+|[0-9]+[.,][0-9]{1,2}")
_CUT_OFF: Final = re.compile(r"[1-9][0-9]{14}000")
"""18 digits of which a spreadsheet kept 15."""
_GROUPED: Final = re.compile(r"[0-9]{2,4}(?:\.[0-9]{3,4})+")
# No letter with a tone, nor of another alphabet: Ñ is Đ in a VNI font, and the number would join nothing.
_LETTER: Final = "0-9A-Za-zĂÂĐÐÊÔƠƯăâđðêôơư"
_NUMBER: Final = rf"[0-9]{{1,6}}[A-Za-z]?(?:/[{_LETTER}][{_LETTER}.&-]{{0,39}}){{1,3}}"
_NUMBER_ALONE: Final = re.compile(_NUMBER)
_NUMBER_AND_DATE: Final = re.compile(rf"(?P<number>{_NUMBER})[ ,;]+\(?(?P<date>[^()]+)\)?")
_NAMED: Final = re.compile(
    r"(?:(?:GXN|giấy XN|giấy xác nhận|QĐ|quyết định|TK|tờ khai)\b[ :]*)?(?:số\b[ :]*)?(?=[0-9])", re.IGNORECASE
)
"""What may stand before a number: "GXN số 12/…", "Số: 12/…"."""
_PENDING: Final = re.compile(r"dang xin|cho cap|chua cap|dang cho|dang lam|cho xac minh|dang xm")


def paper_kind(text: str) -> str:
    """Read the kind of an identity paper, by the map `papers.toml`: cccd, cmnd, passport, travel_paper, foreign_id ….

    Raises:
        RefusedError: `value_paper_kind_unknown`, or as `writing.said`.
    """
    kind = maps.codes("papers.toml", "kinds", fold).get(fold(said(text, limit=MAX_PAPER)))
    if kind is None:
        raise RefusedError("value_paper_kind_unknown")
    return kind


def identity_paper(
    text: str, *, at: str, kind: str | None = None, sex: str | None = None, year: int | None = None
) -> Fact:
    """The number of a person's own paper: `{kind, number}`.

    `kind` is as `paper_kind` gives it; without one the length decides between CCCD (12) and CMND (9), and a Chinese
    18-character number is a 'foreign_id'. With the row's `sex` ('f', 'm') and `year` of birth, 11 digits that agree
    with both are a CCCD whose leading zero a spreadsheet dropped: it is completed, and `zero_added` tells.

    Raises:
        RefusedError: `value_paper_lost_zero` (11 or 8 digits), `value_paper_rounded` (3,8186E+10),
            `value_paper_kind_mismatch`, `value_paper_unreadable`, or as `writing.said`.
    """
    spaceless = said(text, limit=MAX_PAPER).replace(" ", "").upper()
    if _ROUNDED.fullmatch(spaceless) or _CUT_OFF.fullmatch(spaceless):
        raise RefusedError("value_paper_rounded")
    number = spaceless.replace(".", "") if _GROUPED.fullmatch(spaceless) else spaceless
    if kind in {None, "cccd"} and re.fullmatch(r"[0-9]{11}", number) and sex is not None and year is not None:
        number = number if disagrees(f"0{number}", sex=sex, year=year) else f"0{number}"
    digits = re.fullmatch(r"[0-9]+", number) is not None
    if len(set(number)) == 1:  # 000000000: somebody filled in a cell
        raise RefusedError("value_paper_unreadable")
    if digits and len(number) in _LOST_ZERO and kind in {None, "cccd", "cmnd"}:
        raise RefusedError("value_paper_lost_zero")
    if kind in _LENGTHS:
        if not digits or len(number) != _LENGTHS[kind]:
            raise RefusedError("value_paper_kind_mismatch" if number.isalnum() else "value_paper_unreadable")
    elif kind == "foreign_id":
        if not (_CHINESE_ID.fullmatch(number) or _LETTERED.fullmatch(number)):
            raise RefusedError("value_paper_unreadable")
    elif kind is not None:
        if not (_CERTIFIED if kind == "identity_certificate" else _LETTERED).fullmatch(number):
            raise RefusedError("value_paper_unreadable")
    else:
        kind = _kind_by_length(number)
    return Fact({"kind": kind, "number": number}, text, at)


def zero_added(paper: Fact) -> bool:
    """Tell whether `identity_paper` completed the number: then its sender is asked to check."""
    number = paper.value["number"] if isinstance(paper.value, dict) else ""
    return number[:1] == "0" and re.sub(r"[ .]", "", paper.written.strip()) == number[1:]


def _kind_by_length(number: str) -> str:
    if _CHINESE_ID.fullmatch(number):
        return "foreign_id"
    if re.fullmatch(r"[0-9]{12}", number):
        return "cccd"
    if re.fullmatch(r"[0-9]{9}", number):
        return "cmnd"
    raise RefusedError("value_paper_unreadable")


def disagrees(number: str, *, sex: str | None, year: int | None) -> bool:
    """Tell whether a CCCD's fourth to sixth digit (sex and century, year) contradict the row's sex or birth year.

    They do when the number is another person's (the mother's on the child's row); a CMND says nothing.
    """
    if re.fullmatch(r"[0-9]{12}", number) is None:
        return False
    mark = int(number[3])
    if sex is not None and ("m" if mark % 2 == 0 else "f") != sex:
        return True
    return year is not None and 1900 + 100 * (mark // 2) + int(number[4:6]) != year


def reference(text: str, *, kind: str, today: date) -> PaperRef:
    """A paper's number and date in one cell: ``12/GXN-PC02, 21/3/24``, ``GXN số 12/GXN-PC02 ngày 21/3/2024``.

    Raises:
        RefusedError: `value_paper_pending` ("đang xin"), `value_paper_without_date`, `value_paper_unreadable`, a
            `value_date_…` code, or as `writing.said`.
    """
    written = said(text, limit=MAX_PAPER)
    _refuse_pending(written)
    written = _unnamed(written)
    if _NUMBER_ALONE.fullmatch(written):
        raise RefusedError("value_paper_without_date")
    found = _NUMBER_AND_DATE.fullmatch(written)
    if found is None:
        raise RefusedError("value_paper_unreadable")
    return reference_of(found["number"], found["date"], kind=kind, today=today)


def reference_of(number: str, issued: str, *, kind: str, today: date) -> PaperRef:
    """A paper whose number and date stand in two fields; as `reference`."""
    return PaperRef(kind=kind, number=paper_number(number), date=read_day(issued, today=today, century=PAPER_CENTURY))


def paper_number(text: str) -> str:
    """The number of a paper as printed, without spaces or "số" before it: ``12/GXN-PC02``.

    Raises:
        RefusedError: `value_paper_pending`, `value_paper_unreadable`, or as `writing.said`.
    """
    written = said(text, limit=MAX_PAPER)
    _refuse_pending(written)
    number = _unnamed(written).replace(" ", "").replace("Ð", "Đ").replace("ð", "đ")
    if not _NUMBER_ALONE.fullmatch(number):
        raise RefusedError("value_paper_unreadable")
    return number


def paper_value(reference: PaperRef) -> dict[str, str]:
    """Shape a reference as one item of `identity.papers`: `{kind, number, date}`."""
    return {"kind": reference.kind, "number": reference.number, "date": reference.date.isoformat()}


def join_key(reference: PaperRef) -> str:
    """What two offices' notes of one paper have in common."""
    return paper_key(kind=reference.kind, number=reference.number, date=reference.date.isoformat())


def _unnamed(written: str) -> str:
    named = _NAMED.match(written)
    return written[named.end() :] if named else written


def _refuse_pending(written: str) -> None:
    if _PENDING.search(fold(written)):
        raise RefusedError("value_paper_pending")
