"""The papers a statement stands for: codes and dates in the header, their words in a section it seals itself."""

from __future__ import annotations

from typing import Any

import pytest

from domain.contents import PAPER
from domain.rules import current, every
from domain.statements import Attached, Paper, Section
from tests.domain.acts import appended, corrected, notified, supported
from tests.domain.story import ACCOUNT, IDENTITY, POLICE, SUPPORT, TODAY, Story, digest

OLDER = [rules for rules in every().values() if rules.name in {"2026-11", "2026-11-22"}]


def paper(**fields: Any) -> Paper:
    """An answer of the provincial police, dated today."""
    return Paper(
        **{"kind": "verification_answer", "date": TODAY, "section": IDENTITY, "issuer": "police_province", **fields}
    )


def scan(name: str = "scan") -> Attached:
    """A file of the least length."""
    return Attached("pdf", 329, digest(name))


def test_a_statement_stands_for_papers() -> None:
    """With or without a file, one or several, by any statement that seals their words."""
    story = Story().given(notified(papers=(paper(attached=scan()), paper(kind="declaration", issuer=None))))
    story.given(appended(POLICE, ACCOUNT, papers=(paper(section=ACCOUNT, attached=scan("other")),)))
    story.given(corrected("notified", papers=(paper(date="2019-03-05"),)))
    story.when(supported(by=POLICE, seals=[SUPPORT], papers=(paper(kind="support_decision", section=SUPPORT),))).then()


@pytest.mark.parametrize("field", ["kind", "issuer"])
def test_unknown_code(field: str) -> None:
    """Kind and issuer are codes of the lists."""
    of = "paper" if field == "kind" else "issuer"
    Story().when(notified(papers=(paper(**{field: "poem"}),))).refused("code_unknown", list=of)


def test_codes_of_another_list() -> None:
    """A kind of paper is no issuer, and the other way round."""
    Story().when(notified(papers=(paper(kind="court"),))).refused("code_unknown", list="paper")
    Story().when(notified(papers=(paper(issuer="handover"),))).refused("code_unknown", list="issuer")


@pytest.mark.parametrize("rules", OLDER, ids=lambda rules: rules.name)
def test_older_rules_know_no_issuers(rules: Any) -> None:
    """Under a rule set without the list the statement is refused, not misread."""
    Story(rules=rules).when(notified(papers=(paper(kind="confirmation"),))).refused("code_unknown", list="issuer")
    Story(rules=rules).given(notified(papers=(paper(kind="confirmation", issuer=None),)))


def test_date_in_future() -> None:
    """A paper of today is one; a paper of tomorrow is none yet. Today is the day in Viet Nam."""
    Story().on("2026-11-02", "00:10").given(notified(papers=(paper(),)))
    Story().on("2026-11-01", "23:50").when(notified(papers=(paper(),))).refused("date_in_future")


def test_words_without_a_section() -> None:
    """Its words are in a section of this statement, not of another one."""
    refused = Story().given(notified()).when(appended(POLICE, ACCOUNT, papers=(paper(),)))
    refused.refused("paper_without_section", section="identity")
    Story().when(notified(seals=[], papers=(paper(),))).refused("paper_without_section")


def test_words_in_the_profile() -> None:
    """What the statistics office counts from never holds a paper, which names people."""
    sealed, in_profile = [IDENTITY, Section.PROFILE], paper(section=Section.PROFILE)
    Story().when(notified(seals=sealed, papers=(in_profile,))).refused("paper_in_profile")
    Story().given(notified(seals=sealed, papers=(paper(),)))


def test_one_file_for_two_papers() -> None:
    """Each paper has a file of its own."""
    twice = (paper(attached=scan()), paper(kind="declaration", attached=scan()))
    Story().when(notified(papers=twice)).refused("attachment_twice")
    Story().given(notified(papers=(twice[0], paper(kind="declaration", attached=scan("other")))))


def test_lists() -> None:
    """The kinds named before are still there, each code has words in both languages, and the words are sealed."""
    lists = current().lists
    assert {"confirmation", "foreign", "verification_request", "return_certificate", "other"} <= lists["paper"].keys()
    assert {"police_province", "border_post", "court", "mission", "health_department"} <= lists["issuer"].keys()
    assert all(words["vi"] and words["en"] for of in ("paper", "issuer") for words in lists[of].values())
    assert not (PAPER.keys() - {"issuer"}) & set(Paper.__struct_fields__)
