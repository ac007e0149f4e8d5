"""What an officer does with a case: consent, refer, accept, refuse, transfer, record support, correct, close.

Each act composes one statement, queues its signed bytes, sends what waits, and gives what became of it. When the hub
is away the act waits in the outbox; it is not lost and not done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain import statements as s
from domain.errors import RefusedError
from domain.sharing import sort_key
from domain.statements import CaseStatement, Section
from node import act_keys
from node.access import failures, named
from node.act_keys import ActKey, Done
from node.composer import Share, Submission
from node.duties import now_minute
from node.node import Node
from node.paper_files import NEW
from node.papers import Contents, HeldPaper, StatedPaper
from node.routing import share_sections
from node.rows import new_case
from node.telling import compose_told
from node.typed import said, sections_of, typed, words, written
from projections.casefile import CaseFile

AUDIENCE = "caunoi-node"  # whom an officer's token is for


class Officer:
    """Acts for one agency under one officer's pseudonym."""

    def __init__(self, node: Node, *, pseudonym: str | None = None, papers: Sequence[StatedPaper] = ()) -> None:
        self._node = node
        self.pseudonym = pseudonym
        self._papers = papers
        self._key: ActKey | None = None

    def with_papers(self, *papers: StatedPaper, key: ActKey | None = None) -> Officer:
        """The same officer, whose act stands for these papers; it is kept under this key."""
        made = Officer(self._node, pseudonym=self.pseudonym, papers=papers)
        made._key = key
        return made

    # -- notice ----------------------------------------------------------------------------------------------

    def notify(
        self,
        code: str,
        *,
        pathway: str,
        occurred: str,
        values: Mapping[str, Any],
        section: str = "identity",
        channel: str | None = None,
        received: str | None = None,
        status: str | None = None,
        law: str | None = None,
    ) -> Done:
        """Record a notice as it was first given, by phone or on paper too: `occurred` is when that was (UTC).

        Without a mã hồ sơ it opens a case, whose mã hồ sơ is what was made.
        """
        facts = {"pathway": pathway, **said(channel=channel, received=received, status=status, law=law)}
        contents = written(section, values)
        if code:
            return self._do(s.CaseNotified, self._file(code), facts, contents=contents, occurred=occurred)
        file, opening = new_case(self._node)
        made = str(opening["code"])
        try:
            return self._do(s.CaseNotified, file, facts | opening, contents=contents, occurred=occurred, id=made)
        except BaseException:
            self._node.forget_unopened(file)
            raise

    # -- consent ---------------------------------------------------------------------------------------------

    def give_consent(
        self,
        code: str,
        *,
        recipients: Sequence[str],
        sections: Sequence[str],
        given_by: str,
        purpose: str = "support",
        since: str | None = None,
        until: str | None = None,
    ) -> Done:
        """Record what the person agreed."""
        facts = {
            "purpose": purpose,
            "recipients": list(recipients),
            "sections": list(sections),
            "since": since or self._node.today(),
            "given_by": given_by,
            **said(until=until),
        }
        return self._do(s.ConsentGiven, self._file(code), facts)

    def withdraw_consent(self, code: str, *, consent: str) -> Done:
        """Record that the person takes a consent back."""
        return self._do(s.ConsentWithdrawn, self._file(code), {"consent": consent})

    # -- handing over ----------------------------------------------------------------------------------------

    def refer(
        self,
        code: str,
        *,
        to: str,
        service: str,
        message: str,
        sections: Sequence[str],
        parent: str | None = None,
        answer_by: str | None = None,
    ) -> Done:
        """Offer a referral with its words; the sections open to the receiver once it accepts."""
        referral = self._new_offer("referral", code, to)
        facts = {"referral": referral, "service": service, **said(parent=parent, answer_by=answer_by)}
        return self._offer(s.ReferralOffered, code, facts, to=to, message=message, sections=sections, id=referral)

    def transfer(
        self, code: str, *, to: str, message: str, sections: Sequence[str], answer_by: str | None = None
    ) -> Done:
        """Offer custody; it moves only when the receiver accepts."""
        transfer = self._new_offer("transfer", code, to)
        facts = {"transfer": transfer, **said(answer_by=answer_by)}
        return self._offer(s.TransferOffered, code, facts, to=to, message=message, sections=sections, id=transfer)

    def open(self, offer_id: str) -> Done | None:
        """Say once that a person here has opened an offer."""
        file, offer = self._node.offered(offer_id)
        if offer.kind != "referral" or offer.state not in {"offered", "delivered"}:
            return None
        return self._do(s.ReferralOpened, file, {"referral": offer.id})

    def accept(self, offer_id: str) -> Done:
        """Accept a referral or a transfer."""
        file, offer = self._node.offered(offer_id)
        kind = s.ReferralAccepted if offer.kind == "referral" else s.TransferAccepted
        return self._do(kind, file, {offer.kind: offer.id}, words_to=offer.sender)

    def refuse(self, offer_id: str, *, reason: str, message: str) -> Done:
        """Refuse with a coded reason and its words (Circular 35/2013 Art 16(3))."""
        file, offer = self._node.offered(offer_id)
        kind = s.ReferralRefused if offer.kind == "referral" else s.TransferRefused
        return self._do(
            kind, file, {offer.kind: offer.id, "reason": reason}, contents=words(message), words_to=offer.sender
        )

    def recall(self, offer_id: str, *, reason: str) -> Done:
        """Take an offer back before it is answered."""
        file, offer = self._node.offered(offer_id)
        kind = s.ReferralRecalled if offer.kind == "referral" else s.TransferRecalled
        return self._do(kind, file, {offer.kind: offer.id, "reason": reason}, words_to=offer.receiver)

    # -- the case --------------------------------------------------------------------------------------------

    def request_identification(self, code: str, *, to: str, law: str | None = None) -> Done:
        """Ask the competent authority (công văn đề nghị xác minh)."""
        return self._do(s.IdentificationRequested, self._file(code), said(law=law), to=(to,))

    def answer_identification(self, code: str, *, outcome: str, legal_date: str, paper: str | None = None) -> Done:
        """Answer as the competent authority."""
        facts = {"outcome": outcome, "legal_date": legal_date, **said(paper=paper)}
        return self._do(s.IdentificationAnswered, self._file(code), facts)

    def record_support(self, code: str, *, regime: str, given: str, since: str | None = None) -> Done:
        """Record one act of support; the words are sealed."""
        values = {"regime": typed(regime), "given": typed(given)}
        facts = {"regime": regime, **said(since=since)}
        return self._do(s.SupportRecorded, self._file(code), facts, contents={Section.SUPPORT: {"values": values}})

    def append(self, code: str, *, section: str, values: Mapping[str, Any]) -> Done:
        """Add what the agency knows to one section."""
        return self._do(s.SectionAppended, self._file(code), {}, contents=written(section, values))

    def correct(self, code: str, *, statement: str, section: str, values: Mapping[str, Any], reason: str) -> Done:
        """Đính chính: replace one section of an earlier statement."""
        facts = {"corrects": statement, "reason": reason}
        return self._do(s.StatementCorrected, self._file(code), facts, contents=written(section, values))

    def annul(self, code: str, *, statement: str, reason: str) -> Done:
        """Hủy bỏ (ghi nhầm): the statement counts no more."""
        return self._do(s.StatementAnnulled, self._file(code), {"annuls": statement, "reason": reason})

    def request_access(self, code: str, *, to: str, sections: Sequence[str], purpose: str = "support") -> Done:
        """Ask a holder for the keys of sections whose entries are on this agency's feed."""
        file = self._file(code)
        day, wanted = self._node.today(), set(sections_of(sections))
        head = file.head()
        keys = [k for k in head.keys if k.section in wanted and not head.holds(self._node.agency, k, day)]
        keys.sort(key=sort_key)
        if not keys:
            raise RefusedError("data_key_unknown")
        facts = {"keys": [named(key) for key in keys], "purpose": purpose}
        return self._do(s.AccessRequested, file, facts, to=(to,))

    def grant_access(self, code: str, *, to: str, sections: Sequence[str], request: str | None = None) -> Done:
        """Share sections, on consent or law: unasked, asked for, or again where the receiver could not open them."""
        file = self._file(code)
        facts = said(request=request)
        return self._do(s.AccessGranted, file, facts, to=(to,), share=lambda: self._shares(file, to, sections))

    def close(self, code: str, *, reason: str) -> Done:
        """Close the case."""
        return self._do(s.CaseClosed, self._file(code), {"reason": reason})

    # -- how -------------------------------------------------------------------------------------------------

    def _file(self, code: str) -> CaseFile:
        return self._node.case_of_code(code, waiting=True)

    def _new_offer(self, kind: str, code: str, to: str) -> str:
        file = self._file(code)
        return self._node.ids(kind, file.case.id, to, known=lambda one: one in file.head().offers)

    def _offer(
        self,
        kind: type[CaseStatement],
        code: str,
        facts: Mapping[str, Any],
        *,
        to: str,
        message: str,
        sections: Sequence[str],
        id: str,  # noqa: A002 - the offer's id
    ) -> Done:
        file = self._file(code)
        return self._do(
            kind,
            file,
            facts,
            contents=words(message),
            to=(to,),
            words_to=to,
            share=lambda: self._shares(file, to, sections),
            id=id,
        )

    def _shares(self, file: CaseFile, to: str, sections: Sequence[str]) -> list[Share]:
        return share_sections(
            file.head(),
            sections_of(sections),
            giver=self._node.agency,
            receiver=to,
            directory=self._node.projector.directory,
            rules=self._node.rules,
            day=self._node.today(),
            again={key for agency, key in failures(file, self._node.today()) if agency == to},
        )

    def _do(
        self,
        kind: type[CaseStatement],
        file: CaseFile,
        facts: Mapping[str, Any],
        *,
        contents: Contents | None = None,
        to: Sequence[str] = (),
        words_to: str | None = None,
        share: Callable[[], Sequence[Share]] = tuple,
        occurred: str | None = None,
        id: str | None = None,  # noqa: A002 - of the offer made, or the mã hồ sơ
    ) -> Done:
        node = self._node
        with node.lock:
            case = file.case.id if file.seen or file.ahead else NEW
            papers = [node.paper_files.held(paper, case=case) for paper in self._papers]
            node.composer.officer = self.pseudonym
            try:
                made = compose_told(
                    node.composer,
                    kind,
                    file,
                    occurred=occurred or now_minute(node.composer),
                    facts=facts,
                    contents=contents,
                    to=to,
                    words_to=words_to,
                    share=share,
                    papers=papers,
                )
            finally:
                node.composer.officer = None
            return self._queue(made, papers, case=file.case.id, id=id)

    def _queue(self, made: Submission, papers: Sequence[HeldPaper], *, case: str, id: str | None) -> Done:  # noqa: A002
        """Keep what was said, send it if the hub is there, and tell what became of it."""
        act_keys.queue(self._node, made, self._key, made=id)
        self._node.try_sync()
        if (refused := self._node.store.refusal(made.statement.id)) is not None:
            # Whoever did it is told now; nobody needs to find it in the quarantine.
            self._node.store.aside.forget(made.statement.id)
            raise RefusedError(refused["code"], **refused.get("params", {}))
        self._node.paper_files.settle(papers, case=case)
        return Done(statement=made.statement.id, index=self._node.store.index_of(made.hash), id=id)
