"""Makes the lists of districts and communes of this folder from two published packages, and compares them.

    python -m domain.places.make VIETNAMADMINUNITS VIETNAM_PROVINCES

Both arguments are the folders of unpacked packages, read and never run: `vietnamadminunits` 1.0.4 (October 2025, MIT),
from which names, codes and successors are taken, and `vietnam-provinces` 2026.9.0 (September 2026, after the National
Statistics Office's list; GPL, so nothing of it is copied), by which they are checked. A code of today that the two do
not give to the same commune stops the making; a commune whose successors they do not agree on is listed without any.
"""

from __future__ import annotations

import ast
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from typing_extensions import override

from domain.folding import fold

HERE = Path(__file__).parent
Successors = Mapping[str, frozenset[str]]


def main(units: Path, provinces: Path) -> None:
    """Write the three lists.

    Raises:
        SystemExit: the two packages do not agree on today's communes.
    """
    data = sqlite3.connect(f"file:{units / 'data' / 'dataset.db'}?mode=ro", uri=True)
    today = sorted(data.execute("SELECT wardCode, ward, provinceCode FROM admin_units"))
    if {(code, _plain(name), province) for code, name, province in today} != _checked_today(provinces):
        raise SystemExit("the two packages do not agree on the communes of today")
    _write("communes.tsv", "code\tname\tprovince", today)
    districts = sorted(data.execute("SELECT DISTINCT districtCode, district, provinceCode FROM admin_units_legacy"))
    _write("districts_before.tsv", "code\tname\tprovince", districts)
    sure = _agreed(_successors(data, units), _checked_successors(provinces))
    rows = data.execute("SELECT wardCode, ward, districtCode FROM admin_units_legacy WHERE wardCode IS NOT NULL")
    before = sorted((code, name, district, " ".join(sorted(sure[code]))) for code, name, district in rows)
    _write("communes_before.tsv", "code\tname\tdistrict\tnow", before)


def _agreed(found: Successors, checked: Successors) -> Successors:
    """What became of each commune, empty where the two do not say the same."""
    return {code: now if checked.get(code) == now else frozenset() for code, now in found.items()}


def _plain(name: str) -> str:
    return fold(name.replace("’", "'").replace("–", "-"))


def _write(name: str, header: str, rows: Iterable[tuple[str, ...]]) -> None:
    # The kind of a place is written with one capital; a few rows of the source have two.
    lines = [header, *(re.sub("\t(Thị|Thành) (Trấn|Xã|Phố)", _one_capital, "\t".join(row)) for row in rows)]
    (HERE / name).write_text("\n".join(lines) + "\n", "utf-8")


def _one_capital(kind: re.Match[str]) -> str:
    return f"\t{kind[1]} {kind[2].lower()}"


def _checked_today(provinces: Path) -> set[tuple[str, str, str]]:
    listed = json.loads((provinces / "data" / "nested-divisions.json").read_text("utf-8"))
    return {(f"{one['code']:05}", _plain(one["name"]), f"{of['code']:02}") for of in listed for one in of["wards"]}


def _checked_successors(provinces: Path) -> Successors:
    """Read `OLD_TO_NEW = {4: OldToNewEntry(OldWardRef(…), (NewWardRef(4, 1), …)), …}`."""
    tree = ast.parse((provinces / "_ward_conversion_2025.py").read_text("utf-8"))
    tables = {ast.unparse(one.target): one.value for one in tree.body if isinstance(one, ast.AnnAssign) and one.value}
    found = {}
    for code, entry in ast.literal_eval(_as_tuples(tables["OLD_TO_NEW"])).items():
        found[f"{code:05}"] = frozenset(f"{new[0]:05}" for new in entry[1])
    return found


def _as_tuples(table: ast.AST) -> ast.Expression:
    """The literal with its calls as tuples of their arguments."""

    class Plain(ast.NodeTransformer):
        @override
        def visit_Call(self, node: ast.Call) -> ast.Tuple:
            return ast.Tuple([self.visit(one) for one in node.args], ast.Load())

    return ast.Expression(Plain().visit(table))


def _successors(data: sqlite3.Connection, units: Path) -> Successors:
    """What became of each commune: whole ones listed by their new commune, divided ones by themselves."""
    keys = data.execute("SELECT provinceKey, wardKey, wardCode FROM admin_units")
    new = {(province, key): code for province, key, code in keys}
    legacy = data.execute(
        "SELECT provinceKey || '_' || districtKey || '_' || wardKey, wardCode FROM admin_units_legacy"
        " WHERE wardCode IS NOT NULL"
    )
    old = dict(legacy.fetchall())
    table = json.loads((units / "data" / "converter_2025.json").read_text("utf-8"))
    found: dict[str, set[str]] = defaultdict(set)
    for province, wards in table["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for key, parts in wards.items():
            for part in parts:
                if part in old:  # an island district without communes is not
                    found[old[part]].add(new[province, key])
    for province, parts in table["DICT_PROVINCE_WARD_DIVIDED"].items():
        for part, wards in parts.items():
            found[old[part]] |= {
                new[province, one["newWardKey"]] for one in wards if (province, one["newWardKey"]) in new
            }
    return {code: frozenset(now) for code, now in found.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
