"""Carried bundles at an agency's side: what waits goes out as a file, and the hub's answer to it comes back as one.

A bundle holds everything that waits unanswered, oldest first, with its papers' files; so one that is lost, late or
brought twice does no harm: the next holds it again, and the hub answers the same. The answer goes the way of HTTP:
receipts and refusals through the outbox, feed lines and all that opens them through the follower. Everything is checked
before anything is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import msgspec

from domain.errors import RefusedError
from node.carried import Held, Kept, Kind, Packed
from node.errors import HubAnswerError, HubUnavailableError
from node.hub_client import FeedLine
from node.node import Node
from node.store import Queued
from sealing import manifests
from sealing.bundles import open_content, seal_content
from sealing.encoding import from_base64, from_base64url, key_id, to_base64
from sealing.errors import BadSignatureError, BundleError, CannotOpenError, EncodingError, KeyMissingError
from sealing.manifests import HUB, Bundle, Follows, Manifest, check_content, content_hash, manifest_hash

Named = dict[str, list[tuple[str, int]]]  # statement → hash and length of its sealed files

LINES = 2000  # submissions in one bundle
BYTES = 48 * 1024 * 1024  # of submissions with their files in one bundle; a larger one goes alone
INTAKE_SUITE = "mlkem768x25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an answer brought: statements recorded and refused, new feed lines; `known` when all of it was here."""

    number: int
    recorded: int
    refused: int
    feed: int
    known: bool
    more: bool


class _Feed(msgspec.Struct, frozen=True):
    number: int
    index: int
    entry: str


class _File(msgspec.Struct, frozen=True):
    attachment: str
    bytes: str


class _Line(msgspec.Struct, frozen=True):
    answer: dict[str, Any] | None = None
    feed: _Feed | None = None
    body: str | None = None
    grant: str | None = None
    attachment: str | None = None
    case: str = ""
    bytes: str | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """An answer's content, opened and read."""

    answers: Sequence[dict[str, Any]]
    feed: Sequence[FeedLine]
    held: Sequence[Held]
    files: Sequence[tuple[str, str, bytes]]  # hash, case, sealed bytes


# -- out ---------------------------------------------------------------------------------------------------------------


def pack(node: Node, *, follows: int | None = None) -> bytes:
    """Make a bundle of what waits; after bundle *follows*, of what waits behind it.

    Raises:
        RefusedError: `bundle_no_key`; `not_found`: there is no such bundle of this node's.
    """
    with node.lock:
        kept, public = _carried(node)
        before = None if follows is None else kept.packed(follows)
        if follows is not None and before is None:
            raise RefusedError("not_found")
        after = max(before.seqs, default=0) if before else 0
        taken, files = _fitting(node, node.store.queued(LINES, size=BYTES, after=after))
        lines = [line for one in taken for line in (*_files(node, files.get(one.statement_id, ())), one.submission)]
        content = b"".join(line + b"\n" for line in lines)
        newest = taken[-1].seq if taken else after
        manifest = Manifest(
            kind="submissions",
            by=node.agency,
            to=HUB,
            kid=node.keystore.kids("sign")[-1],
            sealed_for=key_id(public),
            number=kept.number(),
            created=node.now(),
            feed=node.projector.number,
            count=len(lines),
            sha256=content_hash(content),
            more=bool(node.store.queued(1, size=BYTES, after=newest)),
            follows=Follows(before.number, before.last) if before and before.last else None,
        )
        line, signature = manifests.sign(manifest, node.keystore)
        sealed = seal_content(content, manifest=manifest, public=public, suite=INTAKE_SUITE)
        last = taken[-1].statement_id if taken else None
        seqs = tuple(one.seq for one in taken)
        kept.note(Packed(number=manifest.number, manifest=manifest_hash(line), seqs=seqs, last=last, answered=False))
        return manifests.write(line, signature, sealed)


def _fitting(node: Node, waiting: Sequence[Queued]) -> tuple[list[Queued], Named]:
    """What goes into one bundle, and the files that its statements name."""
    files = node.store.attachments.of_statements([one.statement_id for one in waiting])
    taken, size = list[Queued](), 0
    for one in waiting:
        size += len(one.submission) + sum(length * 4 // 3 for _, length in files.get(one.statement_id, ()))
        if taken and size > BYTES:
            break
        taken.append(one)
    return taken, files


def _files(node: Node, named: Sequence[tuple[str, int]]) -> Iterator[bytes]:
    """The files of one statement, before it; one that was damaged here stays, and its statement is refused."""
    for name, _ in named:
        sealed = b"".join(node.store.attachments.pieces(name))
        if content_hash(sealed) == name:
            yield msgspec.json.encode(_File(name, to_base64(sealed)))


def unpacked(node: Node) -> int:
    """How many statements wait that are in no bundle yet.

    Raises:
        RefusedError: `bundle_no_key`.
    """
    with node.lock:
        return _carried(node)[0].unpacked()


# -- back --------------------------------------------------------------------------------------------------------------


def take(node: Node, raw: bytes) -> Taken:
    """Take the hub's answer to one of this node's bundles. Taken again, it changes nothing.

    Raises:
        RefusedError: `bundle_…`; then nothing of it was taken.
        HubAnswerError: the hub signed what it may not answer.
    """
    with node.lock:
        kept, _ = _carried(node)
        # (1): whole, for us, from the hub, an answer to a bundle of ours: all of it without opening anything.
        bundle, packed = _addressed(node, kept, raw)
        # (2): the content, and that it is the one that was signed.
        content = _opened(node, bundle)
        # (3): each answer against its statement; the feed against what is here.
        sent = kept.sent(packed.seqs)
        _check_feed(node, kept, content.feed, number=packed.number)
        before = node.projector.number
        # (4): keep. A crash in here leaves nothing of it; one after it leaves what the next follow takes up.
        with node.store.connection.transaction():
            told = _settle(node, sent, content.answers)
            new = [line for line in content.feed if line.number > before]
            if new:
                kept.put(content.held)
                for name, case, sealed in content.files:
                    node.paper_files.put(name, BytesIO(sealed), length=len(sealed), case=case, now=node.now())
                node.store.put_feed(new)
            kept.answered(packed.number)
        node.forget_refused(told)
        _follow(node)
        return Taken(
            number=packed.number,
            recorded=sum(code is None for _, code in told),
            refused=sum(code is not None for _, code in told),
            feed=len(new),
            known=packed.answered and not told and not new,
            more=bundle.manifest.more,
        )


def _carried(node: Node) -> tuple[Kept, bytes]:
    if node.kept is None or node.intake_key is None:
        raise RefusedError("bundle_no_key")
    # The pinned key, unless the registrar has said of it, and so perhaps of newer ones, since it was pinned.
    directory = node.projector.directory
    newest = directory.intake_key() if key_id(node.intake_key) in directory.keys else None
    return node.kept, node.intake_key if newest is None else from_base64url(newest.public)


def _addressed(node: Node, kept: Kept, raw: bytes) -> tuple[Bundle, Packed]:
    try:
        bundle = manifests.read(raw)
    except BundleError as error:
        raise RefusedError(error.code) from None
    manifest = bundle.manifest
    if manifest.kind != "answers" or manifest.to != node.agency or manifest.by != HUB:
        raise RefusedError("bundle_not_ours")
    try:
        manifests.verify(bundle.line, bundle.signature, node.hub_key)
    except BadSignatureError:
        raise RefusedError("bundle_signature_wrong") from None
    packed = kept.packed(manifest.number)
    if packed is None or packed.manifest != manifest.answers:
        raise RefusedError("bundle_not_ours")
    return bundle, packed


def _opened(node: Node, bundle: Bundle) -> _Content:
    try:
        content = open_content(bundle.sealed, manifest=bundle.manifest, store=node.keystore)
        lines = [msgspec.json.decode(line, type=_Line) for line in check_content(bundle.manifest, content)]
        held = [
            Held(hash=name, kind=kind, case=line.case, content=None if line.bytes is None else from_base64(line.bytes))
            for line in lines
            for kind, name in _named(line)
        ]
        files = [
            (line.attachment, line.case, from_base64(line.bytes))
            for line in lines
            if line.attachment is not None and line.bytes is not None
        ]
    except (CannotOpenError, KeyMissingError):
        raise RefusedError("bundle_not_opened") from None
    except BundleError as error:
        raise RefusedError(error.code) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, EncodingError):
        raise RefusedError("bundle_wrong") from None
    if any(content_hash(sealed) != name for name, _, sealed in files):
        raise RefusedError("bundle_wrong")
    feed = [line.feed for line in lines if line.feed is not None]
    return _Content(
        answers=[line.answer for line in lines if line.answer is not None],
        feed=[FeedLine(one.number, one.index, one.entry.encode()) for one in feed],
        held=held,
        files=files,
    )


def _named(line: _Line) -> Iterator[tuple[Kind, str]]:
    if line.body is not None:
        yield "body", line.body
    if line.grant is not None:
        yield "grant", line.grant


def _check_feed(node: Node, kept: Kept, lines: Sequence[FeedLine], *, number: int) -> None:
    """The lines continue what is here, and say of what is here the same.

    Raises:
        RefusedError: `bundle_early`: an answer before this one was not taken.
        HubAnswerError: the hub shows two feeds.
    """
    numbers = [line.number for line in lines]
    if not numbers:
        return
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise HubAnswerError("the feed has a gap")
    if numbers[0] > node.store.newest() + 1:
        raise RefusedError("bundle_early", number=number - 1)
    known = kept.entries(numbers)
    if any(known.get(line.number, line.entry) != line.entry for line in lines):
        raise HubAnswerError("the hub shows another feed than before")


def _settle(
    node: Node, sent: Sequence[tuple[Queued, str]], answers: Sequence[dict[str, Any]]
) -> list[tuple[Queued, str | None]]:
    """Through the outbox, as if by HTTP: what is answered already stays so, but a receipt outweighs a refusal."""
    if len(sent) != len(answers):
        raise HubAnswerError("the hub answered another number of submissions")
    open_ = [
        (one, answer)
        for (one, state), answer in zip(sent, answers, strict=True)
        if state == "queued" or (state == "refused" and "index" in answer)
    ]
    node.outbox.check([one for one, _ in sent], answers)
    return node.outbox.settle([one for one, _ in open_], [answer for _, answer in open_], duties=node.duties)


def _follow(node: Node) -> None:
    """Fold what is here now, do what is due, let the day come; a hub that is away is no hindrance."""
    with suppress(HubUnavailableError):
        node.follow()
    with suppress(HubUnavailableError):
        node.do_duties()
        node.turn()
