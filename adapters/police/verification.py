"""What a case file says of the verification of one person: result, confirmation paper, hand-over record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from adapters.contract import Act, PaperRef, StatedPaper
from adapters.values import dates, papers
from adapters.values.fields import Fields, located
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold
from domain.statements import Outcome

_RESULTS: Final = {"1": "victim", "0": "not_victim", "dang xm": "pending", "dang xac minh": "pending"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the verification came to; `paper` is the confirmation of a victim."""

    result: str | None
    day: date | None
    paper: PaperRef | None


def read_answer(fields: Fields, today: date) -> Answer:
    """Read result, day and confirmation paper, which must fit each other.

    Raises:
        RefusedError: `row_result_unknown`, `row_confirmation_contradicts` (a paper for one who is not found a
            victim), `value_…`, with `column`.
    """
    result = result_of(fields)
    written = fields.text("NgayKQ")
    day = (
        None
        if written is None
        else located("NgayKQ", dates.read_day, written, today=today, century=papers.PAPER_CENTURY)
    )
    number = fields.text("SoGXN")
    if number is None:
        if fields.text("NgayGXN") is not None:
            raise RefusedError("value_missing", column="SoGXN")
        paper = None
    else:
        if result != "victim":
            raise RefusedError("row_confirmation_contradicts", column="KQXM")
        issued = fields.need("NgayGXN")
        paper = PaperRef(
            kind="confirmation",
            number=located("SoGXN", papers.paper_number, number),
            date=located("NgayGXN", dates.read_day, issued, today=today, century=papers.PAPER_CENTURY),
        )
    if result == "not_victim" and day is None:
        raise RefusedError("value_missing", column="NgayKQ")
    return Answer(result=result, day=day, paper=paper)


def result_of(fields: Fields) -> str | None:
    """'victim', 'not_victim', 'pending' (đang xác minh), or None where nobody asked."""
    written = fields.text("KQXM")
    if written is None:
        return None
    result = _RESULTS.get(fold(located("KQXM", said, written, limit=40)))
    if result is None:
        raise RefusedError("row_result_unknown", column="KQXM")
    return result


def answers(answer: Answer, *, stated: tuple[StatedPaper, ...]) -> tuple[Act, ...]:
    """The answer of the verification: of a victim only with the confirmation paper, of another with its day."""
    if answer.result == "victim" and answer.paper is not None:
        facts = {
            "outcome": Outcome.VICTIM.value,
            "legal_date": answer.paper.date.isoformat(),
            "paper": "confirmation",
        }
        return (_answered(answer.day or answer.paper.date, facts, stated),)
    if answer.result == "not_victim" and answer.day is not None:
        return (_answered(answer.day, {"outcome": Outcome.NOT_VICTIM.value, "legal_date": answer.day.isoformat()}),)
    return ()


def _answered(occurred: date, facts: Mapping[str, object], stated: tuple[StatedPaper, ...] = ()) -> Act:
    return Act(name="answer", type="identification.answered", occurred=occurred, facts=facts, papers=stated)


def handover_record(field: object, today: date) -> PaperRef:
    """The hand-over record and the person's number in it, without which it names several persons."""
    if isinstance(field, dict):
        parts = [field.get(name) for name in ("So", "STT", "Ngay")]
        if not all(isinstance(part, str) for part in parts) or len(field) != 3:
            raise RefusedError("row_handover_unclear", column="BienBanGN")
        number, stt, issued = (str(part) for part in parts)
    else:
        head, _, issued = str(field).partition(",")
        number, _, stt = head.partition("#")
    if not (stt.strip().isascii() and stt.strip().isdigit() and len(stt) < 8):
        raise RefusedError("row_handover_unclear", column="BienBanGN")
    paper = located("BienBanGN", papers.reference_of, number, issued, kind="handover", today=today)
    return PaperRef(kind=paper.kind, number=f"{paper.number}#{int(stt)}", date=paper.date)
