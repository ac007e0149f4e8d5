"""Who is to be told, and on which ground a section may be shared: the rules applied from an agency's own side."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from domain.case import Case
from domain.directory import Agency, Directory
from domain.errors import RefusedError
from domain.places import commune_of, province_of
from domain.rules import Notice, Rules
from domain.sharing import WORDS, check_disclosure
from domain.statements import DataKey, Grant, Section
from node.composer import Share
from node.papers import Contents


def told(
    kind: str, facts: Mapping[str, Any], contents: Contents, *, agency: str, directory: Directory, rules: Rules
) -> list[tuple[str, Notice]]:
    """The agencies the law wants told of a statement, each with the notice that says so."""
    own = directory.agency(agency)
    found: list[tuple[str, Notice]] = []
    for notice in rules.notices:
        if notice.type != kind or notice.by is not own.kind:
            continue
        if notice.pathways and facts.get("pathway") not in notice.pathways:
            continue
        receiver = _receiver(notice, own, contents, directory)
        if receiver is not None and receiver.id != agency:
            found.append((receiver.id, notice))
    reached = {directory.agency(receiver).kind for receiver, _ in found}
    return [(receiver, notice) for receiver, notice in found if notice.unless not in reached]


def _receiver(notice: Notice, own: Agency, contents: Contents, directory: Directory) -> Agency | None:
    """The agency a notice is for, if there is one; at the residence only where that is another place than the seat."""
    if notice.place == "national":
        return directory.find(notice.to, None)
    seat = (None, None) if own.place is None else (province_of(own.place), commune_of(own.place))
    if notice.place == "residence":
        home = province_of_residence(contents)
        return None if home is None or home == seat[0] else directory.find(notice.to, home)
    place = seat[1] if notice.place == "own_commune" else seat[0]
    return None if place is None else directory.find(notice.to, place)


def province_of_residence(contents: Contents) -> str | None:
    """Code of today of the province of residence, where the sections to be sealed state it, or a commune in it."""
    values = [contents.get(section, {}).get("values", {}) for section in (Section.PROFILE, Section.IDENTITY)]
    province = next((one["residence_province"]["value"] for one in values if "residence_province" in one), None)
    if isinstance(province, str):
        return province
    commune = values[1].get("residence_commune", {}).get("value")
    now = commune.get("now") if isinstance(commune, Mapping) else None
    return next((province_of(code) for code in now if isinstance(code, str)), None) if isinstance(now, list) else None


def notice_shares(
    notices: Iterable[tuple[str, Notice]], keys: Mapping[Section, DataKey], *, case: Case, day: str
) -> list[Share]:
    """Grants that go with a notice: the data keys used here, of the sections the notice names."""
    shares: dict[tuple[str, str], set[DataKey]] = {}
    for receiver, notice in notices:
        wanted = {keys[section] for section in notice.sections if section in keys}
        missing = {key for key in wanted if not case.holds(receiver, key, day)}
        if missing:
            shares.setdefault((receiver, notice.law), set()).update(missing)
    return [Share(to=receiver, keys=tuple(found), law=law) for (receiver, law), found in shares.items()]


def words_share(keys: Mapping[Section, DataKey], receiver: str | None) -> list[Share]:
    """The words of a referral go to its other side, under a key of their own."""
    if receiver is None or Section.MESSAGE not in keys:
        return []
    return [Share(to=receiver, keys=(keys[Section.MESSAGE],), law=WORDS)]


def share_sections(
    case: Case,
    sections: Iterable[Section],
    *,
    giver: str,
    receiver: str,
    directory: Directory,
    rules: Rules,
    day: str,
    again: Container[DataKey] = (),
) -> list[Share]:
    """Shares of all keys of these sections that the giver holds and the receiver does not, each on its ground.

    Those to be given `again` the receiver holds and cannot open.

    Raises:
        RefusedError: `grant_forbidden`, `grant_needs_consent` with the table's row; `section_not_held`.
    """
    keys: list[DataKey] = []
    for section in sections:
        held = [key for key in case.keys if key.section is section and case.holds(giver, key, day)]
        if not held:
            raise RefusedError("section_not_held", section=section.value)
        keys += [key for key in held if key in again or not case.holds(receiver, key, day)]
    return share_keys(case, keys, giver=giver, receiver=receiver, directory=directory, rules=rules, day=day)


def share_keys(
    case: Case,
    keys: Iterable[DataKey],
    *,
    giver: str,
    receiver: str,
    directory: Directory,
    rules: Rules,
    day: str,
) -> list[Share]:
    """Shares of these keys, each on the ground its section has.

    Raises:
        RefusedError: `grant_forbidden`, `grant_needs_consent` with the table's row.
    """
    grounds: dict[tuple[str | None, str | None], set[DataKey]] = {}
    for key in keys:
        ground = ground_for(
            case, key.section, giver=giver, receiver=receiver, directory=directory, rules=rules, day=day
        )
        grounds.setdefault(ground, set()).add(key)
    return [
        Share(to=receiver, keys=tuple(found), law=law, consent=consent) for (law, consent), found in grounds.items()
    ]


def ground_for(
    case: Case, section: Section, *, giver: str, receiver: str, directory: Directory, rules: Rules, day: str
) -> tuple[str | None, str | None]:
    """A consent in force that covers it, else a legal ground: (law, consent).

    Raises:
        RefusedError: why neither does, with the table's row.
    """
    kinds = directory.agency(giver).kind, directory.agency(receiver).kind
    if section is Section.MESSAGE:  # the words of an offer are passed on by nobody
        raise RefusedError("grant_forbidden", row=rules.cell(kinds[1], section).n)
    for consent in case.consents.values():
        if consent.covers(receiver, section, day):
            return None, consent.id
    grounds = [g.code for g in rules.grounds.values() if g.code != "emergency" and g.covers(*kinds, section)]
    row = rules.cell(kinds[1], section)
    refused = RefusedError("grant_forbidden" if row.mode == "never" else "grant_needs_consent", row=row.n)
    for law in grounds:
        grant = Grant(receiver, "", (), "", law=law)
        try:
            check_disclosure(case, giver=giver, grant=grant, section=section, directory=directory, rules=rules, day=day)
        except RefusedError as error:
            refused = error
        else:
            return law, None
    raise refused
