"""The fields of all generic forms as data: labels, hints, what each becomes, how it is read, what it offers.

Groups follow the declaration PL2 and the commune's notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from adapters.contract import Fact
from adapters.generic import choices
from adapters.generic.choices import Choices, Words
from adapters.values import names, people, phones, places
from adapters.values.writing import free_text
from domain.statements import Section
from domain.wording import Language

Kind = Literal["text", "day", "amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    `becomes` is the section and field it is kept in; None where `person` makes something else of it. `reader` reads it
    when it has no `choices` (code → words, of which `withdrawn` are no longer offered). `offers` are names its list
    holds though the reader knows more spellings.
    """

    key: str
    group: str
    label: Words
    hint: Words
    example: str = ""
    becomes: tuple[Section, str] | None = None
    reader: Callable[..., Fact] = free_text
    choices: Choices = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    offers: tuple[str, ...] = ()
    kind: Kind = "text"
    required: bool = False
    also: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All labels it is known by, the one we print in Vietnamese first."""
        return (self.label["vi"], self.label["en"], *self.also)

    def offered(self, language: Language) -> tuple[str, ...]:
        """The words of its list."""
        return self.offers or tuple(w[language] for code, w in self.choices.items() if code not in self.withdrawn)


GROUPS: Final[Mapping[str, Words]] = {
    "notice": {"vi": "I. TIẾP NHẬN, TRÌNH BÁO", "en": "I. RECEPTION, REPORT"},
    "identity": {"vi": "II. NHÂN THÂN", "en": "II. IDENTITY"},
    "contact": {"vi": "III. LIÊN HỆ VÀ NƠI Ở", "en": "III. CONTACT"},
    "account": {"vi": "IV. LỜI KHAI, DIỄN BIẾN", "en": "IV. ACCOUNT"},
    "health": {"vi": "V. SỨC KHỎE", "en": "V. HEALTH"},
    "papers": {"vi": "VI. VĂN BẢN, GIẤY TỜ KÈM THEO", "en": "VI. PAPERS"},
    "support": {"vi": "VII. HỖ TRỢ ĐÃ THỰC HIỆN", "en": "VII. SUPPORT GIVEN"},
}


def _words(vi: str, en: str) -> Words:
    return {"vi": vi, "en": en}


_DAY: Final = _words("ngày/tháng/năm, ví dụ 05/11/2026", "day/month/year, as 05/11/2026")
_LIST: Final = _words("chọn trong danh sách", "choose from the list")
_PAPER: Final = _words("số, ngày: 05/TK-UBND, 05/11/2026", "number, date: 05/TK-UBND, 05/11/2026")
_OPEN: Final = _words("ghi bằng lời", "in words")

NOTICE: Final = (
    Field(
        key="number", group="notice", required=True, example="VÍ DỤ",
        label=_words("Số hồ sơ tại cơ quan", "Office's record number"),
        hint=_words(
            "số trong sổ tiếp nhận kèm năm, ví dụ 05/2026; mỗi dòng một số, gửi lại vẫn giữ số cũ; không dùng STT; "
            "dòng có mã hồ sơ mà không ghi hỗ trợ thì để trống được",
            "number in the office's book with its year, as 05/2026; one for each row, the same when sent again; "
            "may be empty where there is a case code and no support is told",
        ),
        also=("Số hồ sơ", "Số sổ", "Số trong sổ"),
    ),
    Field(
        key="code", group="notice", label=_words("Mã hồ sơ", "Case code"), also=("Mã số hồ sơ", "Mã HS"),
        hint=_words("mã HS-… nếu đã được cấp", "HS-…, if there is one already"),
    ),
    Field(
        key="reported_on", group="notice", required=True, kind="day", example="05/11/2026", hint=_DAY,
        label=_words("Ngày tiếp nhận", "Day of reception"), also=("Ngày trình báo", "Ngày thông báo"),
    ),
    Field(
        key="pathway", group="notice", choices=choices.PATHWAY, example=choices.PATHWAY["self_reported"]["vi"],
        label=_words("Diện tiếp nhận", "Pathway"), also=("Diện",),
        hint=_words(
            "chọn khi thông báo một người; để trống nếu chỉ bổ sung cho hồ sơ đã có mã hồ sơ hoặc giấy tờ",
            "choose it to tell of a person; leave it empty to add to a case known by its code or a paper",
        ),
    ),
    Field(
        key="status", group="notice", choices=choices.STATUS, hint=_LIST,
        label=_words("Tình trạng", "Status"), example=choices.STATUS["suspected"]["vi"],
    ),
    Field(
        key="channel", group="notice", choices=choices.CHANNEL, withdrawn=choices.OLD_CHANNELS,
        hint=_words("bị mua bán qua đường nào: chọn trong danh sách", "the way of trafficking: choose from the list"),
        label=_words("Con đường, cách thức", "Channel"), also=("Kênh", "Con đường bị mua bán"),
    ),
    Field(
        key="received", group="notice", choices=choices.RECEIVED,
        hint=_words("thông báo, trình báo đến bằng cách nào", "how the notice came"),
        label=_words("Hình thức tiếp nhận", "How received"), also=("Hình thức trình báo", "Báo qua"),
    ),
    Field(
        key="with_number", group="notice", label=_words("Đi cùng người có số hồ sơ", "Came with record number"),
        hint=_words("với trẻ em đi cùng: số hồ sơ của người lớn", "for an accompanying child: the adult's record"),
    ),
)  # fmt: skip

IDENTITY: Final = (
    Field(
        key="full_name", group="identity", becomes=(Section.IDENTITY, "full_name"), reader=names.full_name,
        label=_words("Họ và tên", "Full name"), also=("Họ tên",), example="DỮ LIỆU GIẢ ĐỊNH",
        hint=_words("bắt buộc khi thông báo một người", "needed to tell of a person"),
    ),
    Field(
        key="other_names", group="identity", becomes=(Section.IDENTITY, "other_names"), reader=names.other_names,
        label=_words("Tên gọi khác", "Other names"), also=("Tên khác",),
        hint=_words("nhiều tên cách nhau bằng dấu ;", "several apart by ;"),
    ),
    Field(
        key="birth", group="identity", label=_words("Ngày sinh", "Birth"), example="15/08/2003",
        also=("Năm sinh", "Ngày, tháng, năm sinh"),
        hint=_words("chỉ ghi điều biết: 15/08/2003, 5/2003, 2003, khoảng 15 tuổi, 15/8 ÂL 2003", "only what is known"),
    ),
    Field(
        key="sex", group="identity", becomes=(Section.IDENTITY, "sex"), choices=choices.SEX, hint=_LIST,
        label=_words("Giới tính", "Sex"), example="nữ",
    ),
    Field(
        key="ethnicity", group="identity", becomes=(Section.IDENTITY, "ethnicity"), reader=people.ethnicity,
        offers=choices.ETHNICITIES, label=_words("Dân tộc", "Ethnic group"), hint=_LIST, example="Kinh",
    ),
    Field(
        key="nationality", group="identity", label=_words("Quốc tịch", "Nationality"), reader=places.country,
        offers=(*choices.COUNTRIES, "chưa xác định"), hint=_LIST, example="Việt Nam",
    ),
    Field(
        key="paper_kind", group="identity", choices=choices.PAPER, hint=_LIST,
        label=_words("Loại giấy tờ tùy thân", "Kind of identity paper"), also=("Loại giấy tờ",),
    ),
    Field(
        key="paper_number", group="identity", label=_words("Số giấy tờ tùy thân", "Number of identity paper"),
        also=("Số giấy tờ", "Số CCCD", "Số CCCD/CMND"),
        hint=_words("giữ số 0 ở đầu; để trống nếu không có", "keep leading zeros; empty if there is none"),
    ),
    Field(
        key="residence", group="identity", becomes=(Section.IDENTITY, "residence"), reader=places.residence,
        label=_words("Nơi thường trú", "Residence"), also=("HKTT", "Nơi cư trú", "Nơi đăng ký thường trú"),
        hint=_words("thôn, xã, tỉnh như trên giấy tờ", "village, commune, province as on the papers"),
        example="bản X., xã Y., tỉnh Thanh Hóa",
    ),
    Field(
        key="residence_province", group="identity", offers=choices.PROVINCES, reader=places.province, hint=_LIST,
        label=_words("Tỉnh thường trú", "Province of residence"), example="Thanh Hóa",
    ),
)  # fmt: skip

OTHERS: Final = (
    Field(
        key="phones", group="contact", becomes=(Section.CONTACT, "phones"), reader=phones.phones,
        label=_words("Số điện thoại", "Phones"), also=("SĐT", "Điện thoại"),
        hint=_words("ghi của ai trong ngoặc: 0912 345 678 (mẹ)", "whose it is in brackets: 0912 345 678 (mẹ)"),
    ),
    Field(
        key="address", group="contact", becomes=(Section.CONTACT, "address"), hint=_OPEN,
        label=_words("Nơi ở hiện nay", "Where the person is now"), also=("Chỗ ở hiện nay",),
    ),
    Field(
        key="safe_contact", group="contact", becomes=(Section.CONTACT, "safe_contact"), hint=_OPEN,
        label=_words("Cách liên hệ an toàn", "Safe contact"),
    ),
    Field(
        key="householder", group="contact", becomes=(Section.CONTACT, "householder"), hint=_OPEN,
        label=_words("Chủ hộ", "Householder"),
    ),
    Field(
        key="statement", group="account", becomes=(Section.ACCOUNT, "statement"), hint=_OPEN,
        label=_words("Lời khai, diễn biến", "Account"), also=("Lời khai", "Diễn biến"),
    ),
    Field(
        key="route", group="account", becomes=(Section.ACCOUNT, "route"), hint=_OPEN,
        label=_words("Đường đi, nơi qua biên giới", "Route"),
    ),
    Field(
        key="destination", group="account", offers=choices.COUNTRIES, reader=places.country, hint=_LIST,
        label=_words("Nước bị đưa đến", "Country of destination"), also=("Nước đến",),
    ),
    Field(
        key="purpose", group="account", choices=choices.EXPLOITATION, hint=_LIST,
        label=_words("Mục đích bóc lột", "Purpose of exploitation"), also=("Mục đích mua bán", "Hình thức bóc lột"),
    ),
    Field(
        key="condition", group="health", becomes=(Section.HEALTH, "condition"), hint=_OPEN,
        label=_words("Tình trạng sức khỏe", "Health"), also=("Sức khỏe",),
    ),
    Field(
        key="needs", group="health", becomes=(Section.HEALTH, "needs"), hint=_OPEN,
        label=_words("Nhu cầu chăm sóc", "Care needed"),
    ),
    Field(
        key="declaration", group="papers", label=_words("Tờ khai", "Declaration"), also=("Số, ngày tờ khai",),
        hint=_PAPER,
    ),
    Field(
        key="confirmation", group="papers", label=_words("Giấy xác nhận nạn nhân", "Confirmation paper"),
        also=("Giấy xác nhận", "Số, ngày Giấy XN"), hint=_PAPER,
    ),
    Field(
        key="return_certificate", group="papers", label=_words("Giấy chứng nhận về nước", "Return certificate"),
        hint=_PAPER,
    ),
    Field(
        key="letter", group="papers", label=_words("Công văn", "Official letter"), also=("Số, ngày công văn",),
        hint=_words("số, ngày công văn mà dòng này thay cho", "number, date of the letter this stands for"),
    ),
    Field(
        key="issuer", group="papers", choices=choices.ISSUER, label=_words("Loại cơ quan ban hành", "Kind of issuer"),
        hint=_words("của văn bản nêu trên, khi chỉ có một văn bản", "of the paper above, where there is one"),
    ),
    Field(
        key="issued_by", group="papers", label=_words("Cơ quan ban hành", "Issuer"), also=("Nơi cấp",), hint=_OPEN,
    ),
    Field(
        key="signatory", group="papers", label=_words("Người ký văn bản", "Signatory"),
        hint=_words("họ tên, chức vụ", "name and office"),
    ),
    Field(
        key="title", group="papers", label=_words("Trích yếu", "Title"), also=("Trích yếu nội dung",), hint=_OPEN,
    ),
    Field(
        key="regime", group="support", choices=choices.REGIME, label=_words("Chế độ hỗ trợ", "Support regime"),
        hint=_words("mỗi dòng một chế độ; chế độ nữa là một dòng, số hồ sơ khác", "one for each record"),
        also=("Chế độ",),
    ),
    Field(
        key="given", group="support", becomes=(Section.SUPPORT, "given"), hint=_OPEN,
        label=_words("Nội dung đã hỗ trợ", "What was given"),
    ),
    Field(
        key="amount", group="support", kind="amount", label=_words("Số tiền (đồng)", "Amount (VND)"),
        hint=_words("số đồng, ví dụ 1.500.000", "in đồng, as 1.500.000"),
    ),
    Field(
        key="support_on", group="support", kind="day", hint=_DAY, label=_words("Ngày hỗ trợ", "Day of support"),
    ),
    Field(
        key="support_place", group="support", becomes=(Section.SUPPORT, "place"), hint=_OPEN,
        label=_words("Nơi hỗ trợ", "Place of support"),
    ),
    Field(
        key="note", group="support", becomes=(Section.SUPPORT, "note"), hint=_OPEN, label=_words("Ghi chú", "Note"),
    ),
)  # fmt: skip

FIELDS: Final = (*NOTICE, *IDENTITY, *OTHERS)
