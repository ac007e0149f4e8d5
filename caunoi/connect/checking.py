"""The rules in order, and what became of each: it holds, it does not (with the code), or it was not reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

from caunoi.connect.examination import Examination
from caunoi.connect.known import NotReachedError
from domain.errors import RefusedError

State = Literal["holds", "fails", "open"]
VECTORS: Final = "contracts/vectors"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `needs`: rules that must hold before it can be asked. `kafka`: only of a message. `where`: to read."""

    id: str
    check: Callable[[Examination], None]
    where: str
    needs: tuple[str, ...] = ()
    kafka: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one rule; `code` and `params` say why it does not hold."""

    rule: Rule
    state: State
    code: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


def _decided(rule: str) -> Callable[[Examination], None]:
    return partial(_decide, rule)


def _decide(rule: str, one: Examination) -> None:
    one.decided(rule)


RULES: Final = (
    Rule("value", Examination.value, f"{VECTORS}/message.json", (), kafka=True),
    Rule("event", Examination.event, "contracts/asyncapi.yaml", (), kafka=True),
    Rule("type", Examination.type, "contracts/asyncapi.yaml", (), kafka=True),
    Rule("content", Examination.content, "contracts/asyncapi.yaml", (), kafka=True),
    Rule("source", Examination.source, "contracts/asyncapi.yaml", ("event",), kafka=True),
    Rule("day_key", Examination.day_key, f"{VECTORS}/day-key.json", ("value", "event"), kafka=True),
    Rule("parcel", Examination.parcel, f"{VECTORS}/message.json", ("day_key",), kafka=True),
    Rule("submission", Examination.submission, f"{VECTORS}/submission.json", ("parcel",)),
    Rule("version", Examination.version, f"{VECTORS}/header.json", ("submission",)),
    Rule("header", Examination.header, f"{VECTORS}/header.json", ("version",)),
    Rule("sender", Examination.sender, f"{VECTORS}/message.json", ("header", "source"), kafka=True),
    Rule("key", Examination.key, f"{VECTORS}/message.json", ("header",), kafka=True),
    Rule("partition", Examination.partition, f"{VECTORS}/partition.json", ("key",), kafka=True),
    Rule("member", Examination.member, f"{VECTORS}/keys.json", ("header",)),
    Rule("signature", Examination.signature, f"{VECTORS}/signature.json", ("member",)),
    Rule("beside", Examination.beside, f"{VECTORS}/submission.json", ("header",)),
    Rule("padding", Examination.padding, f"{VECTORS}/section.json", ("beside",)),
    Rule("wrapped", Examination.wrapped, f"{VECTORS}/grant.json", ("beside",)),
    Rule("time", _decided("time"), "docs/statements.md", ("signature", "padding", "wrapped")),
    Rule("case", _decided("case"), f"{VECTORS}/case-code.json", ("time",)),
    Rule("prev", _decided("prev"), "docs/statements.md", ("case",)),
    Rule("decision", _decided("decision"), "docs/statements.md", ("prev",)),
    Rule("sealed", _decided("sealed"), f"{VECTORS}/grant.json", ("decision",)),
    Rule("grants", _decided("grants"), f"{VECTORS}/grant.json", ("sealed",)),
    Rule("opens", Examination.opens, f"{VECTORS}/grant.json", ("grants",)),
    Rule("contents", Examination.contents, "docs/forms.md", ("opens",)),
    Rule("readers", Examination.readers, f"{VECTORS}/grant.json", ("grants",)),
)
LAST: Final = Rule("receipt", Examination.receipt, f"{VECTORS}/answer.json")


def examine(one: Examination) -> list[Finding]:
    """Ask every rule that is to be asked, in order; the hub's receipt only where all others hold."""
    findings: list[Finding] = []
    skipped = {rule.id for rule in RULES if rule.kafka and one.message is None}
    holding = set(skipped)
    for rule in (rule for rule in RULES if rule.id not in skipped):
        findings.append(_ask(rule, one) if holding.issuperset(rule.needs) else Finding(rule, "open"))
        if findings[-1].state == "holds":
            holding.add(rule.id)
    everything = all(finding.state == "holds" for finding in findings)
    return [*findings, _ask(LAST, one) if everything else Finding(LAST, "open")]


def _ask(rule: Rule, one: Examination) -> Finding:
    try:
        rule.check(one)
    except RefusedError as error:
        return Finding(rule, "fails", error.code, dict(error.params))
    except NotReachedError:
        return Finding(rule, "open")
    return Finding(rule, "holds")
