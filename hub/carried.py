"""The hub's side of a carried bundle: the same door as HTTP, for an agency whose network lets nothing out.

The carrier's command brings a manifest with its signature and the content, already opened; nothing here can open one.
What speaks for the agency is the signature over the manifest. The answer is what the agency would have got over HTTP:
receipts and signed refusals, the next lines of its feed with the files their entries name, and for every case these
touch all else that the hub hands out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from domain import statements as s
from domain.errors import RefusedError
from domain.statements import CaseStatement, KeyUse
from hub import documents as d
from hub.attachments import Attachments
from hub.intake import Answer, Intake, Refused
from hub.log.records import FeedEntry
from hub.sharing import Sharing
from hub.submission import attached_to
from ledger import entry as entries
from sealing.encoding import from_base64, from_base64url, to_base64
from sealing.envelope import Signature
from sealing.errors import BadSignatureError, BundleError, EncodingError
from sealing.manifests import (
    HUB,
    Follows,
    Manifest,
    check_content,
    content_hash,
    manifest_hash,
    read_manifest,
    sign,
    verify,
)

FEED_LINES = 500  # in one answer
FEED_BYTES = 48 * 1024 * 1024  # of what lies beside the entries of one answer; one entry with more goes alone
_FILE = b'{"attachment":'  # how the line of a file begins


@dataclass(slots=True)
class Page:
    """The content of one answer, as lines of JSON."""

    answers: list[Answer]
    feed: list[FeedEntry] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """Takes opened bundles and makes their answers."""

    intake: Intake
    sharing: Sharing

    def take(self, request: bytes) -> tuple[bytes, list[Answer]]:
        """The answer to one bundle, and the answers in it.

        Raises:
            RefusedError: `bundle_…`; then nothing of it was taken. `body_wrong`, `attachments_too_many`: of a file in
                it; then what stands before that was taken, and may be brought again.
            IntakeUnavailableError: the database is away; bring the same bundle again.
        """
        first, _, content = request.partition(b"\n")
        try:
            brought = msgspec.json.decode(first, type=d.Brought)
            # (1): what it says it is.
            line = brought.manifest.encode()
            manifest = read_manifest(line)
            if manifest.kind != "submissions" or manifest.to != HUB:
                raise RefusedError("bundle_not_ours")
            # (2): who says so.
            self._check_signature(manifest, line, brought.sig)
            # (3): the content is the one that was signed.
            lines = check_content(manifest, content)
        except BundleError as error:
            raise RefusedError(error.code) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise RefusedError("bundle_malformed") from None
        # (4): the one before it was here; else what builds on that would be refused for ever.
        self._check_order(manifest.follows, manifest.by)
        # (5): the same door as everybody's.
        size, _ = self.intake.head.size_and_root()
        page = Page(self._submit(lines, manifest.by))
        # (6): what the agency would have fetched.
        self._fill(page, manifest)
        return self._signed(page, manifest, line, size), page.answers

    def _submit(self, lines: Sequence[bytes], agency: str) -> list[Answer]:
        """Take files and submissions in their order: a file stands before what names it."""
        answers: list[Answer] = []
        submissions: list[bytes] = []
        for line in lines:
            if not line.startswith(_FILE):
                submissions.append(line)
                continue
            answers += self.intake.submit(submissions, agency=agency)
            submissions = []
            self._keep(line, agency)
        return answers + self.intake.submit(submissions, agency=agency)

    def _keep(self, line: bytes, agency: str) -> None:
        try:
            file = msgspec.json.decode(line, type=d.CarriedFile)
            content = from_base64(file.bytes)
        except (msgspec.MsgspecError, UnicodeDecodeError, EncodingError):
            raise RefusedError("bundle_malformed") from None
        attachments = Attachments(self.intake.head.application)
        with attachments.taking(agency) as spool:
            spool.write(content)
            attachments.keep(spool, file.attachment, agency=agency)

    def _check_signature(self, manifest: Manifest, line: bytes, sig: str) -> None:
        directory = self.intake.head.mechanism.directory
        try:
            key = directory.key(manifest.kid, agency=manifest.by, use=KeyUse.SIGN)
            verify(line, Signature(manifest.kid, from_base64(sig)), from_base64url(key.public))
        except (RefusedError, BadSignatureError, EncodingError):
            raise RefusedError("bundle_signature_wrong") from None

    def _check_order(self, follows: Follows | None, agency: str) -> None:
        application = self.intake.head.application
        if follows is None or application.reader.find([follows.statement]):
            return
        if not application.refusals.has(agency, follows.statement):
            raise RefusedError("bundle_early", number=follows.number)

    # -- the answer ------------------------------------------------------------------------------------------

    def _fill(self, page: Page, manifest: Manifest) -> None:
        """Answers first, then feed lines with all that the cases they touch hold, until it is enough."""
        page.lines += (_line(d.CarriedLine(answer=d.answered(one, language="vi"))) for one in page.answers)
        feed = self.intake.head.application.reader.feed(manifest.by, manifest.feed, FEED_LINES + 1)
        held, cases = 0, set[str]()
        for one in feed[:FEED_LINES]:
            statement = _about_case(one.entry)
            lines: list[bytes] = []
            if statement is not None:
                lines += self._files(statement, manifest.by)
                lines += self._held(statement.case, manifest.by) if statement.case not in cases else ()
                cases.add(statement.case)
            held += sum(map(len, lines))
            if page.feed and held > FEED_BYTES:
                break
            page.lines += lines
            page.feed.append(one)
        page.lines += (
            _line(d.CarriedLine(feed=d.FeedLine(one.number, one.index, one.entry.decode()))) for one in page.feed
        )
        page.more = len(page.feed) < len(feed)

    def _held(self, case: str, agency: str) -> Iterator[bytes]:
        """All bodies and grants of a case as they are handed out to this agency; what it may not have has no bytes."""
        reader = self.intake.head.application.reader
        logged = (reader.entries(index - 1, 1)[0] for index in reader.stream_indexes(UUID(case)))
        said = [s.read(entries.parse(one.entry).header) for one in logged]
        statements = [one for one in said if isinstance(one, CaseStatement)]
        bodies = [sealed.hash for one in statements for sealed in one.sealed]
        grants = [grant.hash for one in statements for grant in one.grants if grant.to == agency]
        found = self.sharing.bodies(bodies, agency=agency)
        yield from (_line(d.CarriedLine(body=name, case=case, bytes=_held(found, name))) for name in bodies)
        found = self.sharing.grants(grants, agency=agency)
        yield from (_line(d.CarriedLine(grant=name, case=case, bytes=_held(found, name))) for name in grants)

    def _files(self, statement: CaseStatement, agency: str) -> Iterator[bytes]:
        """The files one entry names, each once for all answers; one that was erased has no bytes."""
        attachments = self.intake.head.application.attachments
        for name in attached_to(statement):
            there = attachments.length_on_feed(agency, name) is not None
            content = to_base64(b"".join(attachments.pieces(name))) if there else None
            yield _line(d.CarriedLine(attachment=name, case=statement.case, bytes=content))

    def _signed(self, page: Page, asked: Manifest, line: bytes, before: int) -> bytes:
        content = b"".join(one + b"\n" for one in page.lines)
        key = self.intake.head.mechanism.directory.sealing_key(asked.by)
        manifest = Manifest(
            kind="answers",
            by=HUB,
            to=asked.by,
            kid=self.intake.sign_as,
            sealed_for=key.kid,
            number=asked.number,
            created=self.intake.head.application.recorder.clock(),
            feed=page.feed[-1].number if page.feed else asked.feed,
            count=len(page.lines),
            sha256=content_hash(content),
            more=page.more,
            answers=manifest_hash(line),
        )
        written, signature = sign(manifest, self.intake.signer)
        refused = sum(isinstance(one, Refused) for one in page.answers)
        known = sum(one.index <= before for one in page.answers if not isinstance(one, Refused))
        first = d.CarriedAnswer(
            manifest=written.decode(),
            sig=to_base64(signature.sig),
            public=key.public,
            suite=key.suite,
            new=len(page.answers) - refused - known,
            known=known,
            refused=refused,
        )
        return msgspec.json.encode(first) + b"\n" + content


def _about_case(entry: bytes) -> CaseStatement | None:
    statement = s.read(entries.parse(entry).header)
    return statement if isinstance(statement, CaseStatement) else None


def _held(found: Mapping[str, bytes], name: str) -> str | None:
    return to_base64(found[name]) if name in found else None


def _line(line: d.CarriedLine) -> bytes:
    return msgspec.json.encode(line)
