"""Two persons of one file who change places are never taken for two corrections."""

from __future__ import annotations

from domain.statements import Section
from tests.node.province import POLICE, Province, case_of, notice, person, province, row

__all__ = ["province"]

BIRTHS = {"1": {"year": 1999}, "2": {"year": 1980}}


def test_two_persons_who_change_places_are_returned(province: Province) -> None:
    """The record keys are their positions: name, birth and sex all differ, so both rows wait for the office."""
    police = province[POLICE]
    first = row(notice({Section.IDENTITY: person("Trần Thị Giả", birth=BIRTHS["1"], sex="f")}), key="1")
    second = row(notice({Section.IDENTITY: person("Lê Văn Giả", birth=BIRTHS["2"], sex="m")}), key="2")
    before = police.take(first, second)
    assert [one.outcome for one in before.rows] == ["new", "new"]
    swapped = (
        row(notice({Section.IDENTITY: person("Lê Văn Giả", birth=BIRTHS["2"], sex="m")}), key="1"),
        row(notice({Section.IDENTITY: person("Trần Thị Giả", birth=BIRTHS["1"], sex="f")}), key="2"),
    )
    after = police.take(*swapped)
    assert [(one.outcome, one.reason) for one in after.rows] == [("to_mend", "row_other_person")] * 2
    assert police.queued() == 0
    shown = police.content(case_of(police, before.rows[0].code))
    assert shown["identity"][POLICE]["values"]["full_name"]["value"] == "Trần Thị Giả"


def test_one_mistake_mended_is_a_change(province: Province) -> None:
    """A name, or a year, that was typed wrong is corrected; so is a name's spelling together with the year."""
    police = province[POLICE]
    told = [("Lò Thị Mia", 1999), ("Lò Thị Mai", 1999), ("Lò Thị Mai", 1998), ("LÒ THỊ MAI", 1997)]
    outcomes = [
        police.take(row(notice({Section.IDENTITY: person(name, birth={"year": year}, sex="f")}))).rows[0].outcome
        for name, year in told
    ]
    assert outcomes == ["new", "changed", "changed", "changed"]
