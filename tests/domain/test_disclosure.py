"""Who may hold what: every agency kind × section, written out from DESIGN, and every `never` attacked."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from importlib.resources import files

import pytest

from domain.case import Case, Consent, Noted
from domain.errors import RefusedError
from domain.rules import Rules, current, every, load
from domain.sharing import check_disclosure
from domain.statements import AgencyKind, AgencyRegistered, CaseNotified, ConsentGiven, DataKey, Grant, KeyUse, Section
from tests.domain.acts import appended, consented, handover, notified, offered, shared
from tests.domain.story import IDENTITY, KINDS, POLICE, Story, digest, kid, province, registrations, share, uid

LAW, CONSENT, NAMED, EMERGENCY, NEVER = "law", "consent", "named_consent", "consent or emergency", "never"
SECTIONS = [Section.IDENTITY, Section.CONTACT, Section.ACCOUNT, Section.HEALTH, Section.SUPPORT, Section.PROFILE]
MESSAGE = Section.MESSAGE

# One row an agency kind; columns as in SECTIONS. What an agency wrote itself it may always read.
TABLE: dict[AgencyKind, list[str]] = {
    #                             identity   contact    account  health     support    profile
    AgencyKind.POLICE:           [LAW,       LAW,       LAW,     NEVER,     NEVER,     LAW],
    AgencyKind.BORDER_GUARD:     [LAW,       LAW,       NEVER,   NEVER,     NEVER,     NEVER],
    AgencyKind.LABOUR:           [LAW,       LAW,       NEVER,   CONSENT,   LAW,       LAW],
    AgencyKind.WOMEN_UNION:      [CONSENT,   CONSENT,   NEVER,   NAMED,     CONSENT,   NEVER],
    AgencyKind.SUPPORT_FACILITY: [EMERGENCY, EMERGENCY, NEVER,   EMERGENCY, EMERGENCY, NEVER],
    AgencyKind.LEGAL_AID:        [CONSENT,   CONSENT,   CONSENT, NEVER,     NEVER,     NEVER],
    AgencyKind.POLICY_BANK:      [CONSENT,   NEVER,     NEVER,   NEVER,     NEVER,     NEVER],
    AgencyKind.STATISTICS:       [NEVER,     NEVER,     NEVER,   NEVER,     NEVER,     LAW],
    AgencyKind.AUDITOR:          [NEVER,     NEVER,     NEVER,   NEVER,     NEVER,     NEVER],
    AgencyKind.REGISTRAR:        [NEVER,     NEVER,     NEVER,   NEVER,     NEVER,     NEVER],
    AgencyKind.COMMUNE:          [CONSENT,   CONSENT,   NEVER,   NEVER,     CONSENT,   NEVER],
    AgencyKind.COAST_GUARD:      [NEVER,     NEVER,     NEVER,   NEVER,     NEVER,     NEVER],
    AgencyKind.MISSION:          [LAW,       CONSENT,   NEVER,   NEVER,     CONSENT,   NEVER],
}  # fmt: skip
BEYOND_DESIGN = {(AgencyKind.POLICE, Section.PROFILE): "51(2)"}  # Law 66/2011: the police lead the statistics
CELLS = [(kind, section, TABLE[kind][SECTIONS.index(section)]) for kind in AgencyKind for section in SECTIONS]
OLDER = next(rules for rules in every().values() if rules.name == "2026-11")
LATER = [AgencyKind.COMMUNE, AgencyKind.COAST_GUARD, AgencyKind.MISSION]  # kinds that 2026-11 does not know
NEVER_CELLS = [(kind, section) for kind, section, mode in CELLS if mode == NEVER]
DIRECTORY = province()
AGENCY = {kind: next(agency for agency, its in KINDS.items() if its is kind) for kind in AgencyKind}


@pytest.mark.parametrize(("kind", "section", "mode"), CELLS)
def test_every_cell(kind: AgencyKind, section: Section, mode: str) -> None:
    """The rules say what the table above says, with a source."""
    row = current().disclosure[kind, section]
    assert (row.mode, row.emergency) == ((CONSENT, True) if mode == EMERGENCY else (mode, False))
    assert row.source


def test_words_are_for_anybody() -> None:
    """`message` may go to any kind: which agency is settled by the referral it belongs to."""
    assert {current().disclosure[kind, MESSAGE].mode for kind in AgencyKind} == {LAW}


def test_what_goes_beyond_the_design_is_said() -> None:
    """The police's profile stands on its own article: the design's table does not have it, so an ADR must."""
    for cell, article in BEYOND_DESIGN.items():
        assert article in current().disclosure[cell].source


def attempt(kind: AgencyKind, section: Section, *, law: str | None, giver: str, rules: Rules) -> None:
    """Try one cell with a ground, or with a consent that could not be wider."""
    to = AGENCY[kind]
    case = Case("0" * 32)
    consent = uid("consent")
    case.consents[consent] = Consent(consent, frozenset(KINDS), frozenset(Section), "2000-01-01", None)
    case.by_id[consent] = Noted(
        1, consent, "", giver, ConsentGiven, frozenset(), frozenset(), None, None, set(KINDS), False
    )
    key = DataKey(section, giver, 1)
    grant = Grant(to, kid(to, KeyUse.SEAL), (key,), digest("g"), law=law, consent=None if law else consent)
    check_disclosure(
        case, giver=giver, grant=grant, section=section, directory=DIRECTORY, rules=rules, day="2026-11-02"
    )


@pytest.mark.parametrize(("kind", "section"), NEVER_CELLS)
def test_never_means_never(kind: AgencyKind, section: Section) -> None:
    """No giver, no ground (not even one that covers everything) and no consent opens a `never` cell."""
    rules = current()
    widest = {
        code: replace(ground, givers=frozenset("*"), receivers=frozenset("*"), sections=frozenset(Section))
        for code, ground in rules.grounds.items()
    }
    for giver, law in itertools.product(AGENCY.values(), [None, "own", *rules.grounds]):
        with pytest.raises(RefusedError) as refusal:
            attempt(kind, section, law=law, giver=giver, rules=replace(rules, grounds=widest))
        assert refusal.value.code == "grant_forbidden"
        assert refusal.value.params == {"row": rules.disclosure[kind, section].n, "section": section.value}


@pytest.mark.parametrize(("kind", "section", "mode"), [cell for cell in CELLS if cell[2] != NEVER])
def test_what_may_be_is_possible(kind: AgencyKind, section: Section, mode: str) -> None:
    """Every other cell opens by a consent that names it, and by law only where the table says law (or emergency)."""
    rules = current()
    givers = [AGENCY[giver] for giver in rules.authors]
    for giver in givers:
        attempt(kind, section, law=None, giver=giver, rules=rules)
    by_law = {law for law in rules.grounds for giver in givers if passes(kind, section, law, giver, rules)}
    if mode == LAW:
        assert by_law - {"emergency"}
    elif mode == EMERGENCY:
        assert by_law == {"emergency"}
    else:
        assert not by_law


def passes(kind: AgencyKind, section: Section, law: str, giver: str, rules: Rules) -> bool:
    """Whether one ground lets one giver share one cell."""
    try:
        attempt(kind, section, law=law, giver=giver, rules=rules)
    except RefusedError:
        return False
    return True


@pytest.mark.parametrize(("kind", "section"), NEVER_CELLS)
def test_attack_in_a_story(kind: AgencyKind, section: Section) -> None:
    """The author itself, in a whole case: a consent cannot be asserted, a grant on any ground is refused."""
    to = AGENCY[kind]
    author = POLICE if to != POLICE else AGENCY[AgencyKind.LABOUR]
    receiver = to if to != author else AGENCY[AgencyKind.BORDER_GUARD]
    story = Story().given(notified(author), appended(author, section))
    story.when(consented([receiver], [section], by=author)).refused("grant_forbidden")
    for law in story.rules.grounds:
        story.when(shared(share(receiver, section, law=law), by=author, name=law)).refused("grant_forbidden")
    assert not story.holds(receiver, section, author)


@pytest.mark.parametrize("kind", AgencyKind)
def test_a_rule_set_decides_for_the_kinds_it_knows(kind: AgencyKind) -> None:
    """2026-11 decides every cell of the kinds of its time as it did, and none of a later one; today's decides all."""
    assert kind in current().kinds
    assert (kind in OLDER.kinds) is (kind not in LATER)
    for section in Section:
        if kind in OLDER.kinds:
            assert OLDER.cell(kind, section) == current().cell(kind, section)
        else:
            with pytest.raises(RefusedError) as refusal:
                OLDER.cell(kind, section)
            assert (refusal.value.code, refusal.value.params) == ("kind_unknown", {})


@pytest.mark.parametrize(("kind", "section"), list(itertools.product(LATER, Section)))
def test_a_kind_unknown_to_a_rule_set_receives_nothing(kind: AgencyKind, section: Section) -> None:
    """Under 2026-11 no ground and no consent gives it anything, words neither."""
    for giver, law in itertools.product([POLICE, AGENCY[kind]], [None, "own", *OLDER.grounds]):
        with pytest.raises(RefusedError, match="kind_unknown"):
            attempt(kind, section, law=law, giver=giver, rules=OLDER)
    story = Story(rules=OLDER).given(notified())
    story.when(consented([AGENCY[kind]], [section])).refused("kind_unknown")
    story.when(offered(AGENCY[kind], seals=[], shares=[])).refused("kind_unknown")
    story.when(handover(AGENCY[kind], seals=[], shares=[])).refused("kind_unknown")
    story.when(appended(POLICE, IDENTITY, name="told", to=[AGENCY[kind]])).refused("kind_unknown")


@pytest.mark.parametrize("kind", LATER)
def test_a_kind_unknown_to_a_rule_set_says_nothing(kind: AgencyKind) -> None:
    """Under 2026-11 it opens no case; today it does."""
    Story(rules=OLDER).when(notified(AGENCY[kind])).refused("kind_unknown")
    Story().given(notified(AGENCY[kind]))


@pytest.mark.parametrize("kind", LATER)
def test_a_kind_unknown_to_a_rule_set_does_not_join(kind: AgencyKind) -> None:
    """Under 2026-11 it cannot be registered; today it can."""
    (joins,) = [one for one in registrations() if isinstance(one, AgencyRegistered) and one.agency == AGENCY[kind]]
    directory = province()
    del directory.agencies[AGENCY[kind]]
    with pytest.raises(RefusedError, match="kind_unknown"):
        directory.decide(joins, rules=OLDER)
    directory.decide(joins, rules=current())


def test_each_cell_is_decided_once() -> None:
    """A rule set that decides a cell twice, or not at all, or for a kind it does not name, does not load."""
    content = files("domain.rules").joinpath("2026-11-22.toml").read_bytes()
    assert load(content).disclosure.keys() == {(kind, section) for kind in AgencyKind for section in Section}
    twice = content + b'\n[[disclosure]]\nn = 99\nkind = "police"\nsections = ["health"]\nmode = "law"\nsource = "x"\n'
    with pytest.raises(ValueError, match="two rows for police, health"):
        load(twice)
    missing = content.replace(
        b'sections = ["health", "support"]\nmode = "never"', b'sections = ["support"]\nmode = "never"', 1
    )
    assert missing != content
    with pytest.raises(ValueError, match=r"no row for .*police.*health"):
        load(missing)
    unnamed = content.replace(b'"auditor", "commune"', b'"auditor"', 1)
    assert unnamed != content
    with pytest.raises(ValueError, match="commune"):
        load(unnamed)


BASE = files("domain.rules").joinpath("2026-11-22.toml").read_bytes()
MORE = b"""name = "more"
extends = { file = "2026-11-22.toml", sha256 = "%s" }
[lists.channel]
radio = { vi = "qua \xc4\x91\xc3\xa0i", en = "by radio" }
[lists.made_up]
first = { vi = "m\xe1\xbb\x99t", en = "first" }
[[ground]]
code = "made_up"
from = ["police"]
to = ["labour"]
sections = ["identity"]
source = "made up"
""" % hashlib.sha256(BASE).hexdigest().encode()


def test_a_rule_set_that_extends_has_all_of_both() -> None:
    """Codes and rows of the rule set it names stand beside its own; what it does not say is as it was."""
    base, more = load(BASE), load(MORE)
    assert more.name == "more" and more.hash == hashlib.sha256(MORE).hexdigest()
    assert more.lists["channel"].keys() == base.lists["channel"].keys() | {"radio"}
    assert more.lists["made_up"].keys() == {"first"}
    assert more.grounds.keys() == base.grounds.keys() | {"made_up"}
    assert (more.kinds, more.disclosure, more.deadlines) == (base.kinds, base.disclosure, base.deadlines)
    assert load(BASE) == base, "what it extends was changed"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'sha256 = "', b'sha256 = "0', "extends another file"),
        (b"2026-11-22.toml", b"2026-11.toml", "extends another file"),
        (b"radio", b"tourism", r"\['tourism'\] stand in list channel already"),
    ],
)
def test_a_rule_set_extends_only_what_it_names(old: bytes, new: bytes, said: str) -> None:
    """The file must have the hash that is said, and no code is given a second meaning."""
    with pytest.raises(ValueError, match=said):
        load(MORE.replace(old, new, 1))


def test_rule_sets_are_named_by_their_bytes() -> None:
    """An entry names its rules by SHA-256; a changed byte is another rule set."""
    content = files("domain.rules").joinpath(f"{current().name}.toml").read_bytes()
    assert every()[current().hash].name == current().name
    assert load(content + b"\n").hash != current().hash


def test_the_current_rule_set_has_the_latest_name() -> None:
    """It is found by the name of its file, so that no older one need be read."""
    every_file = {file.name for file in files("domain.rules").iterdir() if file.name.endswith(".toml")}
    assert {f"{rules.name}.toml" for rules in every().values()} == every_file
    assert current().name == max(rules.name for rules in every().values())


def test_rows_and_grounds_have_numbers_and_sources() -> None:
    """Refusals name rows by number, so numbers are dense; notices use grounds there are."""
    rules = current()
    assert {row.n for row in rules.disclosure.values()} == set(
        range(1, 1 + len({r.n for r in rules.disclosure.values()}))
    )
    assert all(ground.source for ground in rules.grounds.values())
    for notice in rules.notices:
        ground = rules.grounds[notice.law]
        for section in notice.sections:
            assert ground.covers(notice.by, notice.to, section)
            assert rules.disclosure[notice.to, section].mode == LAW
    assert CaseNotified.__struct_config__.tag in {notice.type for notice in rules.notices}
