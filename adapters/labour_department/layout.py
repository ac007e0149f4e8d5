"""The columns of the Labour department's two sheets: victims of criminal cases, and those who returned alone."""

from __future__ import annotations

from typing import Final

from adapters.tables.layouts import NAME_HALVES, Column, Layout

POSITION: Final = "position"
_SUPPORT: Final = (
    "Hỗ trợ",
    "Nội dung hỗ trợ",
    "Các nội dung hỗ trợ",
    "Chế độ hỗ trợ",
    "Các chế độ hỗ trợ",
    "Đã hỗ trợ",
)
_BIRTH: Final = ("Năm sinh", "Ngày sinh", "Ngày, tháng, năm sinh")

REGIMES: Final = (
    Column(
        "initial_hardship", ("KKBĐ", "Khó khăn ban đầu", "Hỗ trợ khó khăn ban đầu", "Hỗ trợ KKBĐ", "HT KKBĐ"), _SUPPORT
    ),
    Column("psychological", ("Tâm lý", "Hỗ trợ tâm lý", "Tư vấn tâm lý"), _SUPPORT),
    Column("legal_advice", ("Pháp lý", "Hỗ trợ pháp lý", "Pháp luật", "Tư vấn pháp luật"), _SUPPORT),
    Column("medical", ("Sức khỏe", "Sức khoẻ", "Hỗ trợ sức khỏe", "Y tế", "Hỗ trợ y tế"), _SUPPORT),
    Column("essential_needs", ("Nhu cầu thiết yếu", "NCTY"), _SUPPORT, required=False),
    Column("travel", ("Đi lại", "Chi phí đi lại", "Tiền tàu xe"), _SUPPORT, required=False),
    Column("legal_aid", ("Trợ giúp pháp lý", "TGPL"), _SUPPORT, required=False),
    Column("schooling", ("Học văn hóa", "Học văn hoá"), _SUPPORT, required=False),
    Column("vocational", ("Học nghề", "Học nghề, việc làm"), _SUPPORT, required=False),
    Column(
        "initial_allowance", ("Trợ cấp khó khăn ban đầu", "Trợ cấp KKBĐ", "Trợ cấp ban đầu"), _SUPPORT, required=False
    ),
)
"""Columns of support; their keys are the codes of the regimes (rules, list `regime`)."""
MONEY: Final = frozenset({"initial_hardship", "initial_allowance", "travel"})
"""Columns that may hold an amount instead of a tick."""

_PERSON: Final = (
    Column(POSITION, ("STT", "Số TT", "TT", "Số thứ tự")),
    Column("code", ("Mã hồ sơ", "Mã số hồ sơ", "Mã HS"), required=False),
    Column("full_name", ("Họ và tên", "Họ tên", "Họ, tên"), halves=NAME_HALVES),
    Column("birth_male", ("Nam",), _BIRTH),
    Column("birth_female", ("Nữ",), _BIRTH),
    Column("ethnicity", ("Dân tộc",)),
    Column("identity_paper", ("Số CMND/CCCD", "CMND/CCCD", "CCCD/CMND", "Số CCCD/CMND", "Số CCCD", "Số CMND")),
    Column("residence", ("Nơi cư trú", "Nơi thường trú", "Nơi ĐKTT", "HKTT", "Địa chỉ")),
    Column("householder", ("Chủ hộ/SĐT", "Chủ hộ, SĐT", "Chủ hộ, số điện thoại"), required=False),
)
_CONFIRMATION: Final = ("Số QĐ/Giấy XN", "Số QĐ, Giấy XN", "Số, ngày Giấy XN", "Số, ngày QĐ/Giấy XN", "Giấy xác nhận")
_DECLARATION: Final = ("Số, ngày tờ khai", "Số tờ khai", "Tờ khai", "Tờ khai số, ngày")
_END: Final = (
    Column("on", ("Ngày hỗ trợ", "Thời gian hỗ trợ"), required=False),
    Column("note", ("Ghi chú",), required=False),
)

GROUPS: Final = {"outside": "NẠN NHÂN NGOÀI TỈNH", "inside": "NẠN NHÂN TRONG TỈNH"}

CASES: Final = Layout(
    sheet="Nạn nhân qua vụ án",
    title="DANH SÁCH NẠN NHÂN BỊ MUA BÁN PHÁT HIỆN QUA CÁC VỤ ÁN ĐƯỢC HỖ TRỢ",
    columns=(*_PERSON, Column("confirmation", _CONFIRMATION), *REGIMES, *_END),
    groups=GROUPS,
)
RETURNED: Final = Layout(
    sheet="Tự trở về",
    title="DANH SÁCH NGƯỜI TỰ TRỞ VỀ CÓ DẤU HIỆU BỊ MUA BÁN",
    columns=(
        *_PERSON,
        Column("declaration", _DECLARATION),
        Column("confirmation", _CONFIRMATION, required=False),
        *REGIMES,
        *_END,
    ),
    groups=GROUPS,
)
LAYOUTS: Final = (CASES, RETURNED)
