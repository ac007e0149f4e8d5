"""One case: every act of an officer. Words go in by `--message-file` or stdin, to be sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from caunoi.commands.acting import (
    STATED,
    AnswerBy,
    Code,
    LegalDate,
    Occurred,
    OfferId,
    Purpose,
    Reason,
    Section,
    Sections,
    Since,
    Statement,
    To,
    Until,
    ValuesFile,
    act,
    code_of,
    listed,
    section_named,
    values_of,
)  # fmt: skip
from caunoi.commands.options import Agency, Json, Lang, Message, MessageFile, OfficerName, words_of
from caunoi.commands.papers import paper, with_paper
from caunoi.commands.views import show

case_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Một hồ sơ: xem và thực hiện. One case: look and act."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    offers: dict[str, Callable[..., None]] = {
        "refer": refer,
        "transfer": transfer,
        "accept": accept,
        "refuse": refuse,
        "recall": recall,
    }
    contents: dict[str, Callable[..., None]] = {
        "support": support,
        "append": append,
        "correct": correct,
    }
    others: dict[str, Callable[..., None]] = {
        "identify-request": identify_request,
        "identify-answer": identify_answer,
        "close": close,
    }
    silent: dict[str, Callable[..., None]] = {
        "open": open_,
        "annul": annul,
        "access-request": access_request,
        "access-grant": access_grant,
    }
    before: dict[str, Callable[..., None]] = {"notify": notify, "consent": consent, "withdraw": withdraw}
    first: dict[str, Callable[..., None]] = {"show": show, "paper": paper}
    stating = {name: with_paper(command) for name, command in (before | offers | contents | others).items()}
    for name, command in (first | stating | silent).items():
        case_app.command(name)(command)
    app.add_typer(case_app, name="case")


def notify(
    code: Annotated[str, typer.Argument(metavar="[HS-…]", help="Mã hồ sơ; không có thì mở hồ sơ. Else opens a case.")]
    = "", *, agency: Agency, values_file: ValuesFile, section: Section = "identity",
    pathway: Annotated[str, typer.Option("--pathway", metavar="CODE", help="Con đường. How she came.")],
    occurred: Occurred,
    channel: Annotated[str | None, typer.Option("--channel", metavar="CODE", help="marriage… Đường bị mua bán. Way.")]
    = None,
    received: Annotated[str | None, typer.Option("--received", metavar="CODE", help="phone… Báo bằng gì. How told.")]
    = None,
    status: Annotated[str | None, typer.Option("--status", metavar="CODE", help="Tình trạng. Status.")] = None,
    law: Annotated[str | None, typer.Option("--law", metavar="CODE", help="Căn cứ pháp lý. Legal ground.")] = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Ghi một thông báo đã nhận trước đó (điện thoại, giấy), với giờ thật. Record a notice first given otherwise."""
    act(
        "notify", code_of(code) if code else "", agency=agency, officer=officer, lang=lang, machine=json,
        pathway=listed(pathway, "pathway", lang), occurred=occurred, section=section_named(section), law=law,
        status=None if status is None else listed(status, "status", lang),
        values=values_of(section, values_file),
        channel=None if channel is None else listed(channel, "channel", lang),
        received=None if received is None else listed(received, "received", lang),
    )  # fmt: skip


def consent(
    code: Code, *, agency: Agency, section: Sections,
    to: Annotated[list[str], typer.Option("--to", metavar="ID", help="Cơ quan nhận, nhắc lại được. Recipients.")],
    given_by: Annotated[str, typer.Option("--given-by", metavar="CODE", help="Ai đồng ý. Who gave it.")],
    purpose: Purpose = "support", since: Since = None, until: Until = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Ghi sự đồng ý của người được hỗ trợ. Record what the person agreed to."""
    act(
        "give_consent", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, recipients=to,
        sections=[section_named(name) for name in section], given_by=listed(given_by, "given_by", lang),
        purpose=listed(purpose, "purpose", lang), since=since, until=until,
    )  # fmt: skip


def withdraw(
    code: Code, *, agency: Agency,
    consent: Annotated[str, typer.Option("--consent", metavar="ID", help="Sự đồng ý (bản ghi). The consent.")],
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Ghi việc rút lại sự đồng ý; mọi nơi nhận được báo. Record a withdrawal; every recipient is told."""
    act("withdraw_consent", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, consent=consent)


def refer(
    code: Code, *, agency: Agency, to: To, section: Sections,
    service: Annotated[str, typer.Option("--service", metavar="CODE", help="Dịch vụ, theo danh mục. The service.")],
    parent: Annotated[str | None, typer.Option("--parent", metavar="ID", help="Đề nghị trước. Its parent.")] = None,
    message: Message = None, message_file: MessageFile = None, answer_by: AnswerBy = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Chuyển gửi: đề nghị một dịch vụ; cơ quan phụ trách không đổi. Refer: ask for a service; custody stays."""
    act(
        "refer", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, to=to,
        sections=[section_named(name) for name in section], service=listed(service, "service", lang),
        message=words_of(message, message_file), parent=parent, answer_by=answer_by,
    )  # fmt: skip


def transfer(
    code: Code, *, agency: Agency, to: To, section: Sections,
    message: Message = None, message_file: MessageFile = None, answer_by: AnswerBy = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Bàn giao hồ sơ; chỉ chuyển khi nơi nhận tiếp nhận. Offer custody; it moves only when the receiver accepts."""
    act(
        "transfer", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, to=to,
        sections=[section_named(name) for name in section], message=words_of(message, message_file),
        answer_by=answer_by,
    )  # fmt: skip


def open_(
    offer: OfferId, *, agency: Agency, officer: OfficerName = "officer", lang: Lang = None, json: Json = False
) -> None:
    """Báo đã mở xem một đề nghị. Say that an offer was opened."""
    act("open", offer, agency=agency, officer=officer, lang=lang, machine=json)


def accept(
    offer: OfferId, *, agency: Agency, officer: OfficerName = "officer", lang: Lang = None, json: Json = False
) -> None:
    """Tiếp nhận. Accept a referral or a transfer."""
    act("accept", offer, agency=agency, officer=officer, lang=lang, machine=json)


def refuse(
    offer: OfferId, *, agency: Agency, reason: Reason, message: Message = None, message_file: MessageFile = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Từ chối tiếp nhận, có lý do và lời giải thích. Refuse, with a coded reason and words."""
    words, code = words_of(message, message_file), listed(reason, "refusal", lang)
    act("refuse", offer, agency=agency, officer=officer, lang=lang, machine=json, reason=code, message=words)


def recall(
    offer: OfferId, *, agency: Agency, reason: Reason,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Thu hồi đề nghị chưa được trả lời. Take an offer back before it is answered."""
    code = listed(reason, "recall", lang)
    act("recall", offer, agency=agency, officer=officer, lang=lang, machine=json, reason=code)


def support(
    code: Code, *, agency: Agency,
    regime: Annotated[str, typer.Option("--regime", metavar="CODE", help="Chế độ hỗ trợ, theo danh mục. The regime.")],
    message: Message = None, message_file: MessageFile = None, since: Since = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Ghi một lần hỗ trợ; đã hỗ trợ gì được niêm phong. Record one act of support; what was given is sealed."""
    act(
        "record_support", code_of(code), agency=agency, officer=officer, lang=lang, machine=json,
        regime=listed(regime, "regime", lang), given=words_of(message, message_file), since=since,
    )  # fmt: skip


def append(
    code: Code, *, agency: Agency, section: Section, values_file: ValuesFile,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Bổ sung một phân mục. Add to one section."""
    values = values_of(section, values_file)
    act(
        "append", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, section=section, values=values
    )


def correct(
    code: Code, *, agency: Agency, statement: Statement, section: Section, values_file: ValuesFile, reason: Reason,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Đính chính một phân mục của một bản ghi. Correct one section of an earlier statement."""
    values = values_of(section, values_file)
    act(
        "correct", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, statement=statement,
        section=section, values=values, reason=listed(reason, "correction", lang),
    )  # fmt: skip


def annul(
    code: Code, *, agency: Agency, statement: Statement, reason: Reason,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Hủy bỏ một bản ghi nhầm. Annul what was entered in error."""
    why = listed(reason, "annulment", lang)
    act(
        "annul", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, statement=statement, reason=why
    )


def identify_request(
    code: Code, *, agency: Agency, to: To,
    law: Annotated[str | None, typer.Option("--law", metavar="CODE", help="Căn cứ pháp lý. Legal ground.")] = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Đề nghị xác minh, gửi cơ quan có thẩm quyền. Ask the competent authority to identify."""
    act(
        "request_identification", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, to=to, law=law
    )


def identify_answer(
    code: Code, *, agency: Agency,
    outcome: Annotated[str, typer.Option("--outcome", help="victim | not_victim | longer")],
    legal_date: LegalDate,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Trả lời xác minh. Answer as the competent authority."""
    stated = STATED.get()
    act(
        "answer_identification", code_of(code), agency=agency, officer=officer, lang=lang, machine=json,
        outcome=listed(outcome, "outcome", lang), legal_date=legal_date,
        paper=None if stated is None else stated.said["kind"],
    )  # fmt: skip


def access_request(
    code: Code, *, agency: Agency, to: To, section: Sections, purpose: Purpose = "support",
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Xin quyền đọc từ nơi đang giữ. Ask a holder for what is not open yet."""
    act(
        "request_access", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, to=to,
        sections=[section_named(name) for name in section], purpose=listed(purpose, "purpose", lang),
    )  # fmt: skip


def access_grant(
    code: Code, *, agency: Agency, to: To, section: Sections,
    request: Annotated[str | None, typer.Option("--request", metavar="ID", help="Đơn xin. The request.")] = None,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Cấp quyền đọc, theo sự đồng ý hoặc pháp luật. Grant access, on consent or law."""
    act(
        "grant_access", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, to=to,
        sections=[section_named(name) for name in section], request=request,
    )  # fmt: skip


def close(
    code: Code, *, agency: Agency, reason: Reason,
    officer: OfficerName = "officer", lang: Lang = None, json: Json = False,
) -> None:  # fmt: skip
    """Kết thúc hồ sơ. Close the case."""
    why = listed(reason, "closing", lang)
    act("close", code_of(code), agency=agency, officer=officer, lang=lang, machine=json, reason=why)
