"""Checking the log, at rest or at work: `audit verify` needs no data key, `audit replay` those of one agency."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caunoi.commands.options import Agency, Json, Lang, read
from caunoi.printing import Progress

SHOWN = 20  # differences printed; JSON has all
_DIFFERENCE = {
    "missing": "cli_row_missing",
    "extra": "cli_row_extra",
    "changed": "cli_row_altered",
    "past_day": "cli_row_past_day",
}

Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="Khóa công khai đã ghim (keys/auditor.json). Pinned public keys."),
]
All = Annotated[
    bool, typer.Option("--all", help="In mọi sai lệch, không chỉ cái đầu. Print every finding, not only the first.")
]
AsOf = Annotated[int | None, typer.Option("--as-of", min=1, metavar="INDEX", help="Đến mục số. Up to this entry.")]

audit_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Kiểm toán sổ nhật ký, không cần tin đầu mối. Audit the log."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    audit_app.command()(verify)
    audit_app.command()(replay)
    app.add_typer(audit_app, name="audit")


def verify(*, keys: Keys = None, all_: All = False, lang: Lang = None, json: Json = False) -> None:
    """Kiểm tra mọi mục ghi: chữ ký, thứ tự, quyền, luồng, biên nhận. Verify every entry, feed and receipt.

    Mã kết thúc 1 nếu có sai lệch; cái đầu thường kéo theo những cái sau. Exit status 1 on a finding; what follows the
    first mostly follows from it.
    """
    from caunoi.verifying import verify_log

    settings, printer = read(lang, machine=json)
    progress = Progress(printer)
    try:
        done = verify_log(settings, keys=keys, progress=lambda entries: progress.show("cli_verifying", entries=entries))
    finally:
        progress.end()
    printer.document(done.document())
    shown = done.findings if all_ else done.findings[:1]
    for finding in shown:
        printer.say(finding.code, mark="wrong", **finding.params)
    if len(done.findings) > len(shown):
        printer.say("cli_findings_following", count=len(done.findings) - len(shown))
    if done.findings:
        printer.say("cli_log_altered", mark="wrong", index=done.findings[0].index)
        raise typer.Exit(1)
    found = done.verified
    printer.say("cli_log_intact", mark="ok", size=found.size, root=found.root)
    printer.say(
        "cli_log_beside",
        bodies=found.bodies,
        files=found.files,
        grants=found.grants,
        feeds=found.feed_rows,
        receipts=found.receipts,
        kept=found.kept_receipts,
    )
    if found.kept_receipts < found.size:
        printer.say("cli_receipts_not_kept", mark="note", count=found.size - found.kept_receipts)
    if not found.receipts:
        printer.say("cli_no_receipts", mark="note")


def replay(*, agency: Agency, as_of: AsOf = None, lang: Lang = None, json: Json = False) -> None:
    """Dựng lại màn hình của một cơ quan từ mục đầu tiên và so sánh. Rebuild an agency's views and compare them.

    Với --as-of: dựng lại đến mục đó, chỉ so sánh hồ sơ từ đó đến nay không có mục mới. With --as-of: up to that entry;
    compared are the cases nothing was said of since.
    """
    from caunoi.replaying import replay_views

    settings, printer = read(lang, machine=json)
    done = replay_views(settings, agency=agency, as_of=as_of, remark=printer.remark)
    printer.document(done.document())
    for view, rows in done.rows.items():
        printer.say("cli_view_rows", view=view, rows=rows)
    printer.say("cli_views_digest", digest=done.digest)
    for one in done.differences[:SHOWN]:
        printer.say(_DIFFERENCE[one.kind], mark="wrong", view=one.view, key=one.key)
    if len(done.differences) > SHOWN:
        printer.say("cli_more_findings", count=len(done.differences) - SHOWN)
    if done.differences:
        raise typer.Exit(1)
    if done.moved:
        printer.say("cli_views_moved", mark="note", moved=done.moved)
    if done.compared or not done.moved:
        printer.say("cli_views_same", mark="ok", agency=agency, position=done.position, compared=done.compared)
