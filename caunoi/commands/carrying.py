"""Bundles carried by hand: pack what waits, unpack what came, watch a folder for it; at an agency or at the hub."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caunoi.commands.options import Agency, Json, Lang, node_of, read
from caunoi.printing import Printer, plain
from domain.wording import Language

if TYPE_CHECKING:
    from caunoi.carrying import Carrier
    from caunoi.errors import UnavailableError
    from caunoi.officers import NodeClient

LOOK_EVERY = 2.0  # seconds between two looks into a folder

Files = Annotated[list[Path], typer.Argument(help="Tệp .caunoi. Bundles.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Thư mục để ghi. Folder to write to.")]
In = Annotated[Path, typer.Option("--in", metavar="DIR", help="Thư mục được trông. Folder to watch.")]
At = Annotated[str | None, typer.Option("--agency", metavar="ID", help="Mã cơ quan. The agency's id.")]
Hub = Annotated[bool, typer.Option("--hub", help="Tại đầu mối: nhận gói, ghi gói trả lời. At the hub's side.")]
Once = Annotated[bool, typer.Option("--once", help="Xử lý những gì đang có rồi dừng. Handle what is there and end.")]
Taker = Callable[[Path, Path], dict[str, Any]]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(pack)
    app.command()(unpack)
    app.command()(drop)


def pack(*, agency: Agency, out: Out = Path(), lang: Lang = None, json: Json = False) -> None:
    """Đóng gói những gì đang chờ gửi, đã ký và niêm phong, để mang đi. Pack what waits, to be carried."""
    _check_folder(out)
    with node_of(agency, lang, machine=json) as (client, printer):
        printer.document({"packed": _pack(client, out, printer)})
        printer.say("cli_pack_next", agency=agency)


def unpack(
    files: Files, *, agency: At = None, hub: Hub = False, out: Out = Path(), lang: Lang = None, json: Json = False
) -> None:
    """Nhận gói mang tới: tại cơ quan là gói trả lời, tại đầu mối là gói gửi. Take in bundles that were carried."""
    from domain.errors import RefusedError

    told, refused = [], False
    _check_folder(out)
    _check_side(agency, lang, hub=hub)
    with _taker(agency, lang, machine=json) as (take, printer, *_):
        for file in files:
            try:
                told.append({"name": file.name, **take(_existing(file), out)})
            except RefusedError as error:
                reason = printer.words(error.code, **error.params)
                printer.say("cli_bundle_refused", mark="wrong", file=plain(str(file)), reason=reason)
                told.append({"name": file.name, "refused": error.code, "params": dict(error.params)})
                refused = True
        printer.document({"bundles": told})
    if refused:
        raise typer.Exit(1)


def drop(*, in_: In, out: Out, agency: At = None, hub: Hub = False, once: Once = False, lang: Lang = None) -> None:
    """Theo dõi một thư mục: nhận mỗi gói một lần, ghi gói đi vào thư mục kia. Watch a folder for bundles."""
    from caunoi import dropping

    _check_folder(in_)
    _check_folder(out)
    _check_side(agency, lang, hub=hub)
    dropping.check_apart(in_, out)
    with _taker(agency, lang, machine=False) as (take, printer, here, client):

        def handle(file: Path) -> None:
            take(file, out)

        def refused(name: str, reason: str) -> None:
            printer.say("cli_bundle_refused", mark="wrong", file=plain(name), reason=reason)

        def look(*, settled: bool = False) -> None:
            try:
                folder.look(settled=settled)
            finally:
                if client is not None and client.get("/v1/bundles")["waiting"]:
                    _pack(client, out, printer)

        def waits(error: UnavailableError) -> None:
            printer.remark("cli_drop_waiting", reason=error.sentence(printer.language))

        folder = dropping.Folder(path=in_, handle=handle, here=here, language=printer.language, told=refused)
        printer.remark("cli_drop_watching")
        if once:
            dropping.once(look, every=LOOK_EVERY, away=waits)
        else:
            dropping.watch(look, every=LOOK_EVERY, away=waits)


# -- how -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _taker(
    agency: str | None, lang: Language | None, *, machine: bool
) -> Iterator[tuple[Taker, Printer, Callable[[], None], NodeClient | None]]:
    """What takes one file, at the hub or at an agency; a printer; what asks whether it answers; the agency's node."""
    if agency is None:
        from caunoi.carrying import carrier
        from caunoi.home import Home

        settings, printer = read(lang, machine=machine)
        with carrier(settings, Home(settings.home)) as bringer:
            yield lambda file, out: _bring(bringer, file, out, printer), printer, bringer.here, None
        return
    with node_of(agency, lang, machine=machine) as (client, printer):
        yield lambda file, _: _take(client, file, printer), printer, client.here, client


def _pack(client: NodeClient, out: Path, printer: Printer) -> list[dict[str, Any]]:
    """Write bundles until all that waits is in one."""
    from caunoi.carrying import name_of, write_file
    from sealing.manifests import read as read_bundle

    told: list[dict[str, Any]] = []
    follows = None
    while True:
        packed = client.pack(follows=follows)
        manifest = read_bundle(packed).manifest
        to = out / name_of(manifest)
        write_file(to, packed)
        told.append({"number": manifest.number, "count": manifest.count, "file": to.name})
        printer.say("cli_packed", mark="ok", number=manifest.number, count=manifest.count, file=plain(str(to)))
        if not manifest.more:
            return told
        follows = manifest.number


def _take(client: NodeClient, file: Path, printer: Printer) -> dict[str, Any]:
    from caunoi.carrying import read_file

    taken = client.unpack(read_file(file))
    if taken["known"]:
        printer.say("cli_bundle_known", mark="note", number=taken["number"])
    else:
        counts = {name: taken[name] for name in ("number", "recorded", "refused", "feed")}
        printer.say("cli_bundle_taken", mark="ok", **counts)
    if taken["more"]:
        printer.say("cli_bundle_more", mark="note")
    return taken


def _bring(bringer: Carrier, file: Path, out: Path, printer: Printer) -> dict[str, Any]:
    from caunoi.carrying import name_of, read_file, write_file

    answer = bringer.take(read_file(file))
    to = out / name_of(answer.manifest)
    write_file(to, answer.bundle)
    counts = {"new": answer.new, "known": answer.known, "refused": answer.refused}
    agency, number = answer.manifest.to, answer.manifest.number
    printer.say("cli_bundle_answered", mark="ok", number=number, agency=agency, file=plain(str(to)), **counts)
    return {"agency": agency, "number": number, "file": to.name, **counts}


def _check_side(agency: str | None, lang: Language | None, *, hub: bool) -> None:
    if hub is (agency is not None):
        raise typer.BadParameter(read(lang)[1].words("cli_one_side"), param_hint="--agency | --hub")


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise typer.BadParameter("không có tệp này (no such file)")
    return file


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise typer.BadParameter("không có thư mục này (no such folder)")
