"""For those who connect their own software: a sandbox to speak to, and a check of what they sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caunoi.commands.options import Agency, Json, Lang, node_of, read
from caunoi.printing import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caunoi.connect.agency_file import AgencyFile
    from caunoi.connect.checking import Finding
    from caunoi.connect.examination import Examination
    from caunoi.errors import UnavailableError
    from caunoi.printing import Mark, Printer
    from caunoi.settings import Settings

Http = Annotated[bool, typer.Option("--http", help="Không cần Kafka, chỉ HTTP. Without Kafka, HTTP alone.")]
Sent = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="Thân của yêu cầu POST /v1/statements; bỏ trống: đọc chủ đề Kafka. What you POST; without it: the topic.",
    ),
]
Statement = Annotated[
    str | None, typer.Option("--statement", metavar="ID", help="Chỉ tuyên bố này. This statement alone.")
]
In = Annotated[
    Path, typer.Option("--in", metavar="DIR", exists=True, file_okay=False, help="Thư mục được trông. Watched folder.")
]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", exists=True, file_okay=False, help="Nơi ghi trả lời. For the answers.")
]
Once = Annotated[bool, typer.Option("--once", help="Xử lý những gì đang có rồi dừng. Handle what is there and end.")]
LOOK_EVERY = 2.0  # seconds between two looks into a folder
connect_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Kết nối phần mềm của bạn (docs/connecting.md). Connecting your own software.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    connect_app.command()(sandbox)
    connect_app.command()(check)
    connect_app.command()(drop)
    app.add_typer(connect_app, name="connect")


def sandbox(*, http: Http = False, lang: Lang = None, json: Json = False) -> None:
    """Chạy môi trường thử đến khi nhấn Ctrl-C. A sandbox with an agency to speak as, until Ctrl-C."""
    from caunoi import operating_log
    from caunoi.connect import sandbox as made
    from caunoi.errors import BrokerError
    from caunoi.processes import interrupted_once

    settings, printer = read(lang, machine=json)
    operating_log.begin(settings, process="connect")
    try:
        with interrupted_once():
            printer.remark("cli_starting")
            with made.sandbox(made.at_home(settings), kafka=not http) as running:
                printer.say("connect_ready", mark="ok", file=_shown(running.file))
                printer.document({"file": str(running.file)})
                running.watch()
    except BrokerError as error:
        # No CAUNOI_KAFKA helps here: a sandbox has a broker of its own.
        raise BrokerError("connect_no_java") if error.code == "broker_no_java" else error from None
    except KeyboardInterrupt:
        printer.remark("cli_stopped")


def check(file: Sent = None, *, statement: Statement = None, lang: Lang = None, json: Json = False) -> None:
    """Kiểm tra từng quy tắc những gì phần mềm đã gửi. What your software sent, rule by rule."""
    from caunoi.connect import agency_file
    from caunoi.connect.checking import examine
    from caunoi.connect.sandbox import FILE, at_home

    settings, printer = read(lang, machine=json)
    place = at_home(settings)
    own = agency_file.read(place.home / FILE)
    told: list[dict[str, Any]] = []
    wrong = False
    with _examinations(place, own, file) as examinations:
        seen = len(examinations)
        for one in examinations:
            findings = examine(one)
            if statement is not None and one.statement_id != statement:
                continue
            wrong = wrong or any(finding.state == "fails" for finding in findings)
            told.append(_tell(printer, one, findings, brief=len(examinations) > 1))
    if not told and seen:
        printer.say("connect_no_statement", mark="note", count=seen)
    elif not told:
        printer.say("connect_nothing", mark="note")
    else:
        printer.say("connect_wrong" if wrong else "connect_right", mark="wrong" if wrong else "ok")
    printer.document({"checked": told})
    raise typer.Exit(1 if wrong or not told else 0)


def drop(*, agency: Agency, in_: In, out: Out, once: Once = False, lang: Lang = None) -> None:
    """Theo dõi một thư mục: nhận mỗi tệp một lần, ghi trả lời JSON. A folder for files of records; answers in JSON."""
    import json

    from caunoi import dropping
    from node.forms import ADAPTERS
    from sealing.files import replace_private

    dropping.check_apart(in_, out)
    with node_of(agency, lang, machine=True) as (client, printer):

        def handle(file: Path) -> None:
            answer = json.dumps(client.ingest(file), ensure_ascii=False, indent=1)
            done = in_ / dropping.DONE
            name = dropping.numbered(file.name, taken=lambda one: (done / one).exists() or answer_to(one).exists())
            replace_private(answer_to(name), (answer + "\n").encode())

        def answer_to(name: str) -> Path:
            return out / f"{name}.answer.json"

        def refused(name: str, reason: str) -> None:
            printer.remark("connect_file_refused", file=plain(name), reason=reason)

        def waits(error: UnavailableError) -> None:
            printer.remark("cli_drop_waiting", reason=error.sentence(printer.language))

        suffixes = tuple({suffix for adapter in ADAPTERS for suffix in adapter.form.suffixes})
        folder = dropping.Folder(
            path=in_, handle=handle, here=client.here, language=printer.language, told=refused, suffixes=suffixes
        )
        if once:
            dropping.once(folder.look, every=LOOK_EVERY, away=waits)
        else:
            printer.remark("cli_drop_watching")
            dropping.watch(folder.look, every=LOOK_EVERY, away=waits)


@contextmanager
def _examinations(settings: Settings, own: AgencyFile, file: Path | None) -> Iterator[list[Examination]]:
    """What is to be examined: the lines of a file, else the messages of the topic."""
    import httpx2 as httpx

    from caunoi.connect.examination import Examination
    from caunoi.connect.known import lying, of_sandbox
    from caunoi.errors import SettingsError
    from door.kafka import topics

    if file is None and not own.kafka:
        raise SettingsError("connect_no_topic")
    lines = [] if file is None else _lines(file)
    messages = lying(own, topics.statements_of(own.node)) if file is None else []
    with httpx.Client(base_url=own.hub.url, timeout=30) as client:
        known = of_sandbox(settings, own, client, sent=file is None)
        yield [Examination(known, raw=line) for line in lines] + [Examination(known, message=one) for one in messages]


def _lines(file: Path) -> list[bytes]:
    from caunoi.errors import SettingsError

    try:
        found = [line for line in file.read_bytes().splitlines() if line.strip()]
    except OSError:
        found = []
    if not found:
        raise SettingsError("connect_file_unreadable", file=str(file))
    return found


def _tell(printer: Printer, one: Examination, findings: Sequence[Finding], *, brief: bool) -> dict[str, Any]:
    """Say what became of each rule, of several only where one fails; nothing of what was sent but ids and places."""
    right = all(finding.state != "fails" for finding in findings)
    if one.message is not None:
        printer.say(
            "connect_message", mark=_mark(right), partition=one.message.at.number, position=one.message.position
        )
    if one.statement_id:
        printer.say("connect_statement", mark=_mark(right), statement=one.statement_id)
    rows = [
        (finding.rule.id, printer.label(finding.state, of="connect"), finding.rule.where, _what(printer, finding))
        for finding in findings
    ]
    if not (brief and right):
        printer.table(["connect_rule", "connect_state", "connect_where", "connect_what"], rows)
    rules = [{"rule": f.rule.id, "state": f.state, "code": f.code or None, "see": f.rule.where} for f in findings]
    return {"statement": one.statement_id or None, "rules": rules}


def _mark(right: bool) -> Mark:  # noqa: FBT001 - its only argument
    return "ok" if right else "wrong"


def _what(printer: Printer, finding: Finding) -> str:
    if finding.state != "fails":
        return ""
    why = printer.words(finding.code, **finding.params)
    return f"{printer.label(finding.rule.id, of='connect_do')} ({finding.code}: {why})"


def _shown(file: Path) -> str:
    """A path as somebody here would type it."""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
