"""Made-up records of the generic forms for the tests and the examples. No line of them is about a real person.

``python -m tests.adapters.generic_records`` writes the committed example files anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.generic.choices import CHANNEL, EXPLOITATION, ISSUER, PATHWAY, RECEIVED, REGIME, STATUS
from adapters.generic.events import SCHEMA, TYPE
from adapters.generic.templates import template
from tests.adapters.workbooks import MADE_UP

ONE = {
    "number": "05/2026",
    "reported_on": "05/11/2026",
    "pathway": PATHWAY["self_reported"]["vi"],
    "status": STATUS["in_identification"]["vi"],
    "channel": CHANNEL["labour_export"]["vi"],
    "received": RECEIVED["in_person"]["vi"],
    "full_name": "Lò Thị Giả Định",
    "other_names": "Máy; 王小红",
    "birth": "15/08/2003",
    "sex": "nữ",
    "ethnicity": "Thái",
    "nationality": "Việt Nam",
    "paper_kind": "căn cước, căn cước công dân",
    "paper_number": "014303001234",
    "residence": "bản Co M., xã T., tỉnh Sơn La",
    "residence_province": "Sơn La",
    "phones": "0912345678 (mẹ)",
    "address": "nhà người quen tại xã T.",
    "safe_contact": "qua cán bộ hội phụ nữ xã",
    "householder": "Lò Văn P.",
    "statement": f"{MADE_UP}. Bị lừa sang nước ngoài làm việc, tự trốn về và đến trình báo.",
    "route": "qua lối mở, đi bộ ban đêm",
    "destination": "Campuchia",
    "purpose": EXPLOITATION["forced_labour"]["vi"],
    "condition": "mệt mỏi, cần khám",
    "needs": "khám sức khỏe ban đầu",
    "declaration": "05/TK-UBND, 05/11/2026",
    "issuer": ISSUER["committee_commune"]["vi"],
    "issued_by": "UBND xã T.",
    "signatory": "Lò Văn G., Chủ tịch (DỮ LIỆU GIẢ ĐỊNH)",
    "title": "tờ khai dùng cho nạn nhân bị mua bán trong nước",
    "regime": REGIME["essential_needs"]["vi"],
    "given": "quần áo, bữa ăn, chỗ nghỉ",
    "amount": "500.000",
    "support_on": "05/11/2026",
    "support_place": "trụ sở UBND xã T.",
    "note": MADE_UP,
}
"""Every field but the mã hồ sơ and those of other persons."""
CHILD = {
    "number": "06/2026",
    "reported_on": "05/11/2026",
    "pathway": PATHWAY["self_reported"]["vi"],
    "with_number": "05/2026",
    "full_name": "Cháu A (DỮ LIỆU GIẢ ĐỊNH)",
    "birth": "khoảng 3 tuổi",
    "nationality": "chưa xác định",
}
RESCUED = {
    "number": "07/2026",
    "reported_on": "12/11/2026",
    "pathway": PATHWAY["rescued"]["vi"],
    "full_name": "Giàng A Giả",
    "birth": "2001",
    "sex": "nam",
    "ethnicity": "Mông",
    "destination": "Việt Nam",
}
RECORDS = (ONE, CHILD, RESCUED)
"""What the example holds: records that a fresh home takes, so none by a mã hồ sơ."""


def event(number: str = "ca-2026-0007", **data: Any) -> dict[str, Any]:
    """An event about one record."""
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "urn:giadinh:nha-tam-lanh",
        "type": TYPE,
        "time": "2026-11-12T08:30:00+07:00",
        "datacontenttype": "application/json",
        "dataschema": SCHEMA,
        "data": {"number": number, "reported_on": "2026-11-12", **data},
    }


def notice(number: str = "ca-2026-0007", **data: Any) -> dict[str, Any]:
    """An event that tells of a person."""
    return event(number, **{"pathway": "hotline", "full_name": "Vàng Thị Giả", **data})


BATCH = (
    notice(birth="5/2002", sex="f", ethnicity="Mông", statement=MADE_UP),
    notice("ca-2026-0008", full_name="Lò Văn Giả", regime="essential_needs", amount=1_500_000, support_on="2026-11-11"),
)


def examples(folder: Path) -> None:
    """Write the example files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mot-nguoi.xlsx").write_bytes(template("person", filled=(ONE,)))
    (folder / "danh-sach.xlsx").write_bytes(template("list", filled=RECORDS))
    (folder / "su-kien.json").write_text(json.dumps(BATCH, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    examples(Path(__file__).resolve().parents[2] / "examples" / "generic")
