"""Figures from one agency's own view, each with the entries behind it; and files that bear a secret mark."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from adapters.contract import Item, Returned, Where
from domain.errors import RefusedError
from domain.statements import Section
from node.ingest import Ingest, hash_of
from node.intake import take
from node.statistics import victims_by_criminal_case
from tests.node.province import (
    LABOUR,
    POLICE,
    TODAY,
    Office,
    Paper,
    Province,
    answer,
    facts,
    notice,
    opened,
    person,
    row,
    support,
)


def profile(**values: object) -> dict[Section, dict[str, Any]]:
    """An identity with a profile."""
    return {Section.IDENTITY: person(), Section.PROFILE: facts(source="criminal_case", **values)}


def test_victims_by_residence(province: Province) -> None:
    """All = outside + inside + unknown: what cannot be told is counted as unknown, and who is none is not counted."""
    police, labour = province[POLICE], province[LABOUR]
    known = [
        profile(residence="outside", residence_province="14"),
        profile(residence="inside", residence_province="38"),
    ]
    known += [profile(), profile(residence="somewhere"), {Section.IDENTITY: person()}]
    codes = [opened(police, notice(one), answer(), key=str(n)) for n, one in enumerate(known, 1)]
    opened(police, notice(profile(residence="inside")), key="8")  # not answered yet
    opened(police, notice(profile(residence="inside"), pathway="handed_over"), answer(), key="9")
    labour.node.sync()
    for number, code in enumerate(codes, 1):
        labour.take(row(support("medical"), key=str(number), code=code, opens=False), form=f"giả định {number}/1")
    province.check()
    found = victims_by_criminal_case(labour.node.rows.all("caseload"), agency=LABOUR)
    assert found.total.count == 5
    assert {name: figure.count for name, figure in found.by_residence.items()} == {
        "outside": 1,
        "inside": 1,
        "unknown": 3,
    }
    assert {name: figure.count for name, figure in found.by_province.items()} == {"14": 1, "38": 1, "unknown": 3}
    assert {name: one.count for name, one in found.by_regime["medical"].items()} == {
        "outside": 1,
        "inside": 1,
        "unknown": 3,
    }
    entries = {item.index: item.statement.type for item in labour.feed()}
    assert {entries[index] for index in found.total.entries} == {"case.notified", "identification.answered"}
    assert {entries[i] for f in found.by_regime["medical"].values() for i in f.entries} == {"support.recorded"}
    assert victims_by_criminal_case(labour.node.rows.all("caseload"), agency=LABOUR, year=2025).total.count == 0


def test_an_annulled_answer_or_support_counts_no_more(province: Province) -> None:
    """A figure is of what still stands."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police, notice(profile(residence="inside")), answer())
    labour.node.sync()
    given = labour.officer.record_support(code, regime="medical", given="khám")
    labour.officer.annul(code, statement=given.statement, reason="entered_in_error")
    found = victims_by_criminal_case(labour.node.rows.all("caseload"), agency=LABOUR)
    assert (found.total.count, found.by_regime) == (1, {})
    statement = next(i.statement for i in police.feed() if i.statement.type == "identification.answered")
    police.officer.annul(code, statement=statement.id, reason="entered_in_error")
    province.check()
    assert victims_by_criminal_case(labour.node.rows.all("caseload"), agency=LABOUR).total.count == 0


# -- secret marks ----------------------------------------------------------------------------------------------------


def kept(office: Office) -> str:
    """Everything the node's tables hold, as text."""
    connection = office.node.store.connection
    tables = ("outbox", "origins", "records", "deliveries", "quarantine", "view_rows")
    found = [
        connection.execute(f"SELECT string_agg(t::text, ' ') FROM {table} AS t".encode()).fetchone() for table in tables
    ]
    return str(found)


def check_nothing_kept(office: Office, aside: dict[str, Any], code: str) -> None:
    """Of what is secret the row in the table holds number, code and time only."""
    assert (aside["code"], aside["reference"]) == (code, "")
    columns = "sealed, identity, record, delivery"
    found = office.node.store.connection.execute(f"SELECT {columns} FROM quarantine".encode()).fetchall()
    assert found == [(None, None, None, None)]
    assert office.node.quarantine.open(aside["id"])["content"] is None
    assert office.node.store.connection.execute("SELECT count(*) FROM quarantine_pieces").fetchone() == (0,)


def test_who_is_no_victim_after_all_counts_no_more(province: Province) -> None:
    """A later answer that says no takes the person out of the figures, though the first one stays in the log."""
    police = province[POLICE]
    code = opened(police, notice(profile(residence="inside")), answer())
    before = victims_by_criminal_case(police.node.rows.all("caseload"), agency=POLICE).total.count
    police.officer.answer_identification(code, outcome="not_victim", legal_date="2026-10-05")
    province.check()
    after = victims_by_criminal_case(police.node.rows.all("caseload"), agency=POLICE).total.count
    assert (before, after) == (1, 0)


def test_of_a_row_that_bears_a_secret_mark_number_and_time_are_kept(province: Province) -> None:
    """Not its place, not its form, not its content."""
    police = province[POLICE]
    told = {"HoTen": "Tên Mật"}  # an adapter that forgot itself
    where = Where(row=77, column="DoMat")
    marked = Returned(where=where, reason="row_secret_marked", content=told, record_key=("vụ 1", "77"))
    report = police.take(marked, row())
    assert [(one.outcome, one.reason) for one in report.rows] == [("to_mend", "row_secret_marked"), ("new", None)]
    (aside,) = police.node.quarantine.list()
    check_nothing_kept(police, aside, "row_secret_marked")


def test_of_a_file_that_bears_a_secret_mark_number_and_time_are_kept(province: Province, tmp_path: Path) -> None:
    """Not even its hash."""
    police = province[POLICE]
    file = tmp_path / "vu-an.json"
    file.write_text('{"SoVuAn": "01/VA", "DoMat": "Mật", "BiHai": [{"STT": "1", "HoTen": "Tên Mật"}]}', "utf-8")
    with pytest.raises(RefusedError, match="file_secret_marked"):
        take(police.node, file, TODAY)
    (aside,) = police.node.quarantine.list()
    check_nothing_kept(police, aside, "file_secret_marked")
    everything = kept(police)
    for hidden in ("Tên Mật", "01/VA", "case_file", hash_of(file)):
        assert hidden not in everything


def test_rows_before_the_one_that_stops_a_file_have_their_answers(province: Province, tmp_path: Path) -> None:
    """A file that breaks off half way: what came before is recorded, and is như cũ when the whole file comes."""
    police = province[POLICE]

    class Broken(Paper):
        @override
        def read(self, file: Path, *, today: date) -> Any:
            yield from super().read(file, today=today)
            raise RefusedError("file_unreadable")

    file = tmp_path / "file"
    file.write_bytes(b"x")
    items: list[Item] = [row(key="1"), row(key="2")]
    with pytest.raises(RefusedError, match="file_unreadable"):
        Ingest(police.node, Broken(items, "giả định/1")).take(file, today=TODAY)
    assert police.queued() == 0
    assert [one.outcome for one in police.take(*items).rows] == ["same", "same"]
