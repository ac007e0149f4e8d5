"""The columns of the Women's Union's list, and the words of its content with their codes."""

from __future__ import annotations

from typing import Final

from adapters.tables.layouts import NAME_HALVES, Column, Layout

LIST: Final = Layout(
    sheet="Hỗ trợ hằng tháng",
    title="THEO DÕI HỖ TRỢ VÀ SINH HOẠT NHÓM HẰNG THÁNG",
    columns=(
        Column("position", ("TT", "STT", "Số TT", "Số thứ tự")),
        Column("code", ("Mã hồ sơ", "Mã số hồ sơ", "Mã HS"), required=False),
        Column("name", ("Họ tên chị em (viết tắt)", "Họ tên chị em", "Họ tên", "Họ và tên"), halves=NAME_HALVES),
        Column("village", ("Thôn/bản", "Thôn, bản", "Thôn", "Bản", "Thôn/bản/tổ dân phố")),
        Column("content", ("Nội dung hỗ trợ", "Nội dung", "Nội dung hoạt động")),
        Column("time", ("Thời gian", "Tháng", "Ngày, tháng")),
        Column("given", ("Số tiền/hiện vật", "Số tiền, hiện vật", "Số tiền/Hiện vật")),
        Column("headcount", ("Số người dự", "Số người tham dự", "Số người tham gia")),
        Column("note", ("Ghi chú",), required=False),
    ),
    groups={},
)
LAYOUTS: Final = (LIST,)

SUPPORTS: Final = {
    "visit_gift": ("thăm hỏi, tặng quà", "thăm hỏi", "tặng quà", "thăm, tặng quà"),
    "vocational": ("học nghề", "hỗ trợ học nghề", "giới thiệu việc làm", "học nghề, việc làm"),
    "loan_support": ("vay vốn", "hỗ trợ vay vốn", "vay vốn NHCSXH"),
    "psychological": ("tư vấn tâm lý", "hỗ trợ tâm lý", "tham vấn tâm lý"),
    "legal_advice": ("tư vấn pháp luật", "tư vấn pháp lý", "hỗ trợ pháp lý"),
    "essential_needs": ("nhu cầu thiết yếu", "hỗ trợ nhu cầu thiết yếu"),
    "travel": ("hỗ trợ đi lại", "chi phí đi lại"),
    "schooling": ("học văn hóa", "hỗ trợ học văn hóa"),
    "initial_hardship": ("hỗ trợ khó khăn ban đầu", "khó khăn ban đầu"),
    "reintegration": ("tái hòa nhập", "tái hòa nhập cộng đồng", "hỗ trợ tái hòa nhập cộng đồng"),
}
"""Contents of a personal row: code of the regime (rules, list `regime`) → the words we know for it."""

ACTIVITIES: Final = {
    "group_meeting": ("sinh hoạt nhóm", "sinh hoạt tháng", "sinh hoạt nhóm đồng đẳng", "sinh hoạt tháng, tuyên truyền"),
    "communication": ("tuyên truyền", "truyền thông"),
    "training": ("tập huấn",),
}
"""Contents of a group's row: code (rules, list `activity`) → words."""
