"""What the hub cannot see: whether grants and sections open for whom they are, hold what they must, and reach whom.

Only in a sandbox, where the keys of the readers are at hand. Nothing of what is opened leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.contents import FIELDS
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import CaseStatement, Grant, Section, Statement
from hub.submission import Submission, key_names
from node.routing import told
from projections.plaintext import UNREADABLE, content_of
from sealing.encoding import KeyName
from sealing.errors import CannotOpenError, KeyMissingError
from sealing.grants import GrantOpener, unwrap
from sealing.sections import open_sealed


def check_opens(one: Submission, stores: Mapping[str, GrantOpener]) -> None:
    """Open every grant for an agency whose keys are here, and every section with each key that came so.

    Raises:
        RefusedError: `connect_grant_not_opened`, `connect_section_not_opened`.
    """
    for grantee in stores:
        _sections(one, _keys(one, grantee, stores[grantee]))


def check_contents(one: Submission, stores: Mapping[str, GrantOpener]) -> None:
    """See that what opens is a section's content with fields we know.

    Raises:
        RefusedError: `connect_content_wrong`, with the section.
    """
    for grantee in stores:
        for section, plain in _sections(one, _keys(one, grantee, stores[grantee])).items():
            content = content_of(plain)
            unknown = content.get("values", {}).keys() - FIELDS[section].keys()
            if content is UNREADABLE or (unknown and section is not Section.MESSAGE):
                raise RefusedError("connect_content_wrong", section=section.value)


def check_readers(statement: Statement, directory: Directory, rules: Rules) -> None:
    """See that whom the law wants told is granted the sections it names, of those sealed here.

    Raises:
        RefusedError: `connect_reader_missing`, with the agency.
    """
    if not isinstance(statement, CaseStatement):
        return
    pathway = getattr(statement, "pathway", None)
    facts = {} if pathway is None else {"pathway": pathway.value}
    sealed = {one.section for one in statement.sealed}
    for receiver, notice in told(statement.type, facts, {}, agency=statement.by, directory=directory, rules=rules):
        granted = {key.section for grant in statement.grants if grant.to == receiver for key in grant.keys}
        if (sealed & set(notice.sections)) - granted:
            raise RefusedError("connect_reader_missing", agency=receiver)


def _grants(one: Submission, grantee: str) -> list[Grant]:
    grants = one.statement.grants if isinstance(one.statement, CaseStatement) else ()
    return [grant for grant in grants if grant.to == grantee]


def _keys(one: Submission, grantee: str, store: GrantOpener) -> dict[KeyName, bytes]:
    statement, keys = one.statement, dict[KeyName, bytes]()
    for grant in _grants(one, grantee):
        try:
            keys |= unwrap(
                one.grants[grant.hash],
                store=store,
                names=key_names(grant),
                case=getattr(statement, "case", ""),
                grantor=statement.by,
                grantee=grantee,
                kid=grant.kid,
                ground=grant.ground,
            )
        except (CannotOpenError, KeyMissingError):
            raise RefusedError("connect_grant_not_opened", agency=grantee) from None
    return keys


def _sections(one: Submission, keys: Mapping[KeyName, bytes]) -> dict[Section, bytes]:
    """The plaintexts of the sections these keys open. A key granted earlier is not asked for here."""
    statement, found = one.statement, dict[Section, bytes]()
    for sealed in statement.sealed if isinstance(statement, CaseStatement) else ():
        key = keys.get(KeyName(sealed.section.value, sealed.author, sealed.epoch))
        if key is None:
            continue
        try:
            found[sealed.section] = open_sealed(
                one.bodies[sealed.hash],
                data_key=key,
                case=getattr(statement, "case", ""),
                statement=statement.id,
                section=sealed.section.value,
                author=sealed.author,
                epoch=sealed.epoch,
            )
        except CannotOpenError:
            raise RefusedError("connect_section_not_opened", section=sealed.section.value) from None
    return found
