"""What an officer may ask of a node: one model for each act, checked before anything is done; nothing is echoed.

The fields of a model are the arguments of the method of `node.officer.Officer` that has the act's name, and for most
acts the papers it stands for.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import msgspec.structs
from msgspec import Meta, Raw, Struct

from domain.errors import RefusedError
from domain.header import Outcome, Pathway, Section
from domain.ids import AgencyId, Code, Day, Hash, Minute, ReferralId, StatementId
from domain.statements import DAY_FIELDS
from node.act_keys import ActKey, Done
from node.officer import Officer
from node.papers import StatedPaper

DATED = ("occurred", "date", *DAY_FIELDS)
MAX_PAPERS = 8  # of one act
MAX_ON = 64  # characters of a mã hồ sơ or an id
Words = Annotated[str, Meta(min_length=1, max_length=20_000)]
Line = Annotated[str, Meta(min_length=1, max_length=500)]
Sections = Annotated[list[Section], Meta(min_length=1, max_length=len(Section))]
Agencies = Annotated[list[AgencyId], Meta(min_length=1, max_length=32)]


Name = Annotated[str, Meta(max_length=40)]
Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Part = Annotated[str, Meta(max_length=1000)] | Number | bool | None
Parts = Annotated[dict[Name, Part], Meta(max_length=32)]
Value = Words | Number | bool | None | Parts | Annotated[list[Part | Parts], Meta(max_length=256)]
Values = Annotated[dict[Name, Value], Meta(min_length=1, max_length=64)]


class Arguments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Arguments of one act besides what it is done on."""


class GivenPaper(Arguments, frozen=True):
    """A paper the act stands for: codes and date for the header, its words to be sealed; `file` was handed in."""

    kind: Code
    date: Day
    issuer: Code | None = None
    number: Line | None = None
    issued_by: Line | None = None
    signatory: Line | None = None
    title: Line | None = None
    file: Hash | None = None


class Stating(Arguments, frozen=True):
    """Arguments of an act that may stand for papers."""

    papers: Annotated[list[GivenPaper], Meta(max_length=MAX_PAPERS)] = []


class Notify(Stating, frozen=True, kw_only=True):
    """A notice as it was first given: when (UTC), how, and what was said, sealed. On an empty `on` it opens a case."""

    pathway: Pathway
    occurred: Minute
    values: Values
    section: Section = Section.IDENTITY
    channel: Code | None = None
    received: Code | None = None
    status: Literal["suspected", "not_yet_rescued", "in_identification"] | None = None
    law: Code | None = None


class GiveConsent(Stating, frozen=True, kw_only=True):
    """What the person agreed."""

    recipients: Agencies
    sections: Sections
    given_by: Code
    purpose: Code = "support"
    since: Day | None = None
    until: Day | None = None


class WithdrawConsent(Stating, frozen=True, kw_only=True):
    """The consent taken back."""

    consent: StatementId


class Refer(Stating, frozen=True, kw_only=True):
    """A referral's receiver, service, words and sections."""

    to: AgencyId
    service: Code
    message: Words
    sections: Annotated[list[Section], Meta(max_length=len(Section))] = []
    parent: ReferralId | None = None
    answer_by: Day | None = None


class Transfer(Stating, frozen=True, kw_only=True):
    """A transfer's receiver, words and sections."""

    to: AgencyId
    message: Words
    sections: Annotated[list[Section], Meta(max_length=len(Section))] = []
    answer_by: Day | None = None


class Refuse(Stating, frozen=True, kw_only=True):
    """A coded reason and its words."""

    reason: Code
    message: Words


class Reason(Stating, frozen=True, kw_only=True):
    """A coded reason."""

    reason: Code


class RequestIdentification(Stating, frozen=True, kw_only=True):
    """The competent authority asked, and the legal ground."""

    to: AgencyId
    law: Code | None = None


class AnswerIdentification(Stating, frozen=True, kw_only=True):
    """The authority's answer with its legal date."""

    outcome: Outcome
    legal_date: Day
    paper: Code | None = None


class RecordSupport(Stating, frozen=True, kw_only=True):
    """One act of support; `given` is sealed."""

    regime: Code
    given: Words
    since: Day | None = None


class Append(Stating, frozen=True, kw_only=True):
    """Fields of one section, see `domain.contents`."""

    section: Section
    values: Values


class Correct(Stating, frozen=True, kw_only=True):
    """The statement to correct, and the section as it should have been."""

    statement: StatementId
    section: Section
    values: Values
    reason: Code


class Annul(Arguments, frozen=True):
    """The statement that counts no more."""

    statement: StatementId
    reason: Code


class RequestAccess(Arguments, frozen=True):
    """The holder asked, and for what."""

    to: AgencyId
    sections: Sections
    purpose: Code = "support"


class GrantAccess(Arguments, frozen=True):
    """Whom to share sections with, and the request it answers."""

    to: AgencyId
    sections: Sections
    request: StatementId | None = None


ACTS: dict[str, type[Arguments]] = {
    "notify": Notify,
    "give_consent": GiveConsent,
    "withdraw_consent": WithdrawConsent,
    "refer": Refer,
    "transfer": Transfer,
    "open": Arguments,
    "accept": Stating,
    "refuse": Refuse,
    "recall": Reason,
    "request_identification": RequestIdentification,
    "answer_identification": AnswerIdentification,
    "record_support": RecordSupport,
    "append": Append,
    "correct": Correct,
    "annul": Annul,
    "request_access": RequestAccess,
    "grant_access": GrantAccess,
    "close": Reason,
}


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """One act on a mã hồ sơ or an offer's id, with its arguments as they came."""

    act: str
    on: Annotated[str, Meta(max_length=MAX_ON)]
    arguments: Raw = Raw(b"{}")


def read(body: bytes) -> tuple[str, str, Arguments]:
    """An act, what it is done on, and its arguments, from JSON.

    Raises:
        RefusedError: `request_wrong`: no such act, or arguments that are not its own; `date_malformed` where the
            first thing wrong is a date.
    """
    try:
        wanted = msgspec.json.decode(body, type=Act)
        return wanted.act, wanted.on, msgspec.json.decode(wanted.arguments, type=ACTS[wanted.act])
    except msgspec.ValidationError as error:
        # Of the library's sentence, which may quote the input, only where it points to.
        field = str(error).rpartition(" - at `$.")[2].rstrip("`").rpartition(".")[2]
        if field in DATED:
            raise RefusedError("date_malformed", field=field) from None
        raise RefusedError("request_wrong") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        # The cause may quote the input.
        raise RefusedError("request_wrong") from None


def files(arguments: Arguments) -> list[str]:
    """The files that an act names."""
    return [paper.file for paper in arguments.papers if paper.file] if isinstance(arguments, Stating) else []


def do(officer: Officer, act: str, on: str, arguments: Arguments, *, key: ActKey | None = None) -> Done | None:
    """Do one act, of the request of this key.

    Raises:
        RefusedError: why it may not be.
    """
    given = {name: _plain(getattr(arguments, name)) for name in arguments.__struct_fields__ if name != "papers"}
    papers = arguments.papers if isinstance(arguments, Stating) else []
    stated = (StatedPaper(**msgspec.structs.asdict(paper)) for paper in papers)
    stating = officer.with_papers(*stated, key=key)
    done: Done | None = getattr(stating, act)(on, **given)
    return done


def components() -> dict[str, Any]:
    """The form of one act for the published contract: JSON Schemas by name, `Act` and what it refers to."""
    models = sorted(set(ACTS.values()), key=lambda model: model.__name__)
    place = "#/components/schemas/{name}"
    _, found = msgspec.json.schema_components(models, ref_template=place)
    one = [
        {
            "type": "object",
            "properties": {
                "act": {"type": "string", "enum": [act]},
                "on": {"type": "string", "maxLength": MAX_ON},
                "arguments": {"$ref": place.format(name=model.__name__)},
            },
            "required": ["act", "on", *(["arguments"] if _needs(model) else [])],
            "additionalProperties": False,
        }
        for act, model in ACTS.items()
    ]
    # Python's end of text is not ECMA's.
    found = json.loads(json.dumps(found).replace(r"\\Z", "$"))
    return {**found, "Act": {"oneOf": one, "description": "One act of an officer on a mã hồ sơ or an offer's id."}}


def _needs(model: type[Arguments]) -> bool:
    return any(one.required for one in msgspec.structs.fields(model))


def _plain(value: object) -> object:
    """Codes as their text, which is what headers hold."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Section | Outcome | Pathway) else value
