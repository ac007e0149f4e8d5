"""The commune in a residence as written, by the dated lists of `domain.places`; never guessed.

``xã T., huyện M. (cũ), tỉnh Sơn La`` · ``bản Co M., xã …`` · since 07-2025 without a district. The row's day decides
which list a name is of; a district, "(cũ)" or a province that is no more mean the one of before, "(mới)" today's. A
name that several communes there have is returned with choices; one that the list has not (an initial, a commune
merged long ago) says nothing, and the residence stays as it is written. Without the word xã or phường only a whole
chain is read: ``Mường Xén, Kỳ Sơn, Nghệ An``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Final, TypeVar

from adapters.contract import Fact
from adapters.values.fields import Fields
from adapters.values.places import MAX_PLACE, home, parts, province_name, provinces
from adapters.values.writing import said
from domain.errors import RefusedError
from domain.folding import fold, spelling
from domain.places import Commune, District, List, communes, in_force

MAX_CHOICES: Final = 12
"""Communes of one name that are worth listing."""

_COMMUNE: Final = re.compile(r"(xã|xa|phường|phuong|thị trấn|thi tran|đặc khu|dac khu|x\.|p\.|tt\.?) ?(?P<name>.+)")
_DISTRICT: Final = re.compile(
    r"(huyện|huyen|quận|quan|thị xã|thi xa|thành phố|thanh pho|h\.|q\.|tx\.?|tp\.?) ?(?P<name>.+)"
)
_LISTED_KINDS: Final = ("Xã", "Phường", "Thị trấn", "Đặc khu", "Huyện", "Quận", "Thị xã", "Thành phố")
_SHORT: Final = {
    "x": "xa",
    "p": "phuong",
    "tt": "thi tran",
    "h": "huyen",
    "q": "quan",
    "tx": "thi xa",
    "tp": "thanh pho",
}
_MARK: Final = re.compile(r" ?(?:\((?P<said>cũ|cu|trước đây|mới|moi)\)|(?P<bare>cũ))$")
_RENAMED: Final = re.compile(r"\bnay (?:là|la|thuộc|thuoc)\b")
_LEADING_ZERO: Final = re.compile(r"\b0+(?=[0-9])")
Place = TypeVar("Place", Commune, District)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a residence names: kind and name of commune and district, province by folded name, the list it says."""

    commune: tuple[str, str]
    district: tuple[str, str] | None
    province: str
    says: List | None
    old_province: bool


def commune(text: str, *, at: str, on: date | None = None, province: str | None = None) -> Fact | None:
    """The commune of a residence: `{code, list, now}`; None where it names none that the list has.

    `list` is 'before-2025-07' or '2025-07', `now` the codes of today, empty where that is not sure. `on` is the row's
    day; `province` today's code of the province, where another field says it. A code of five digits is taken too.

    Raises:
        RefusedError: `value_place_ambiguous`, `value_commune_lost_zero`, `value_commune_unknown`, or as `writing.said`.
    """
    found = candidates(text, on=on, province=province)
    if not found:
        return None
    if len(found) > 1:
        raise RefusedError("value_place_ambiguous")
    (one,) = found
    return Fact({"code": one.code, "list": one.list.value, "now": list(one.now)}, text, at)


def candidates(text: str, *, on: date | None = None, province: str | None = None) -> Sequence[Commune]:
    """The communes a residence may mean.

    Raises:
        RefusedError: as `commune`, but for the ambiguous.
    """
    cleaned = said(text, limit=MAX_PLACE)
    if re.fullmatch(r"[0-9]{1,5}", cleaned):
        return _by_code(cleaned, on)
    named = _named(cleaned, province)
    if named is None:
        return ()
    written = _written(named)
    if written is None:
        return _by_chain(named, on)
    if written.says is not None:
        return _of_list(written, written.says, exact=written.old_province)
    if on is None:
        both = [*_of_list(written, List.TODAY, exact=False), *_of_list(written, List.BEFORE, exact=True)]
        return both[:1] if len({one.now for one in both}) == 1 and both[0].now else both
    if in_force(on) is List.BEFORE:
        return _of_list(written, List.BEFORE, exact=True)
    return _of_list(written, List.TODAY, exact=False) or _of_list(written, List.BEFORE, exact=False)


def of_home(fields: Fields, declared: str, written: str, *, on: date) -> Fact | None:
    """The commune of a written residence; its province may stand in the field that declares it.

    Raises:
        RefusedError: as `commune`, with the field as `column`.
    """
    home_ = home(fields, declared, written)
    return fields.fact(written, commune, on=on, province=None if home_ is None else str(home_.value))


def choices(text: str, *, on: date | None = None) -> list[str]:
    """What an ambiguous residence may mean, each written so that it means one commune whatever the row's day."""
    return sorted(map(address, candidates(text, on=on)))[:MAX_CHOICES]


def address(one: Commune) -> str:
    """``Xã Y, Huyện Z, Hà Giang (cũ)`` or ``Xã Y, Sơn La (mới)``."""
    of = provinces().names[one.list, one.province]
    if one.district is None:
        return f"{one.name}, {of} (mới)"
    return f"{one.name}, {one.district.name}, {of} (cũ)"


def with_zeros(text: str) -> str | None:
    """The code of five digits that a code without its leading zeros was, if there is one."""
    code = text.strip().zfill(5)
    return code if any(code in communes(of) for of in List) else None


def _by_code(code: str, on: date | None) -> Sequence[Commune]:
    if len(code) < 5:
        raise RefusedError("value_commune_lost_zero")
    lists = list(List) if on is None else [in_force(on)]
    found = [communes(of)[code] for of in lists if code in communes(of)]
    if not found:
        raise RefusedError("value_commune_unknown")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The parts of a residence before its province, without marks; the rest as of `Written`."""

    parts: tuple[str, ...]
    province: str
    says: frozenset[List]
    old_province: bool


def _named(cleaned: str, province: str | None) -> Named | None:
    """The parts of a residence; None without a province, or where it names two."""
    if _RENAMED.search(cleaned.lower()):
        return None  # it names two
    named = parts(cleaned)
    marks = [_MARK.search(part.lower()) for part in named]
    bare = [part[: mark.start()] if mark else part for part, mark in zip(named, marks, strict=True)]
    says = {List.TODAY if (mark["said"] or mark["bare"])[0] == "m" else List.BEFORE for mark in marks if mark}
    name = province_name(fold(bare[-1])) if bare else ""
    if name not in provinces().today:
        if province is None:
            return None
        name = fold(provinces().names[List.TODAY, province])
        bare.append("")
    old = _ended(name) or (len(bare) == len(named) and marks[-1] is not None)
    return Named(parts=tuple(bare[:-1]), province=name, says=frozenset(says), old_province=old)


def _written(named: Named) -> Written | None:
    """What the parts name by the words xã, huyện and the like; None without a commune."""
    wards, towns = [], []
    for part in named.parts:
        ward = _kind_and_name(part, _COMMUNE)
        town = None if ward else _kind_and_name(part, _DISTRICT)
        wards += [ward] if ward else []
        towns += [town] if town else []
    if len(wards) != 1 or len(towns) > 1 or len(named.says) > 1:
        return None
    return Written(
        commune=wards[0],
        district=towns[0] if towns else None,
        province=named.province,
        says=next(iter(named.says)) if named.says else (List.BEFORE if towns or _ended(named.province) else None),
        old_province=named.old_province,
    )


def _by_chain(named: Named, on: date | None) -> Sequence[Commune]:
    """The communes of before whose name stands before their district's, where no word says which part is which.

    None where the district may as well be a commune of today, of which the part before it is a village.
    """
    if len(named.parts) < 2 or List.TODAY in named.says or any(_kind_and_name(part, _COMMUNE) for part in named.parts):
        return ()
    commune, district = named.parts[-2:]
    now = on is None or in_force(on) is List.TODAY
    if now and not named.says and not named.old_province and not _kind_and_name(district, _DISTRICT):
        today = _by_province(List.TODAY).get(provinces().today[named.province], ())
        if _fitting(today, "", district):
            return ()
    found: dict[str, Commune] = {}
    for town in (("", district), _kind_and_name(district, _DISTRICT)):
        written = Written(
            commune=("", commune), district=town, province=named.province, says=None, old_province=named.old_province
        )
        found |= (
            {one.code: one for one in _of_list(written, List.BEFORE, exact=named.old_province or not now)}
            if town
            else {}
        )
    return list(found.values())


def _ended(name: str) -> bool:
    """Whether a province of this name was merged into one of another name."""
    now, old = provinces().today[name], provinces().before[name]
    called = {fold(provinces().names[place]) for place in ((List.BEFORE, old), (List.TODAY, now))}
    return len(called) > 1 and list(provinces().now.values()).count(now) > 1


def _kind_and_name(part: str, pattern: re.Pattern[str]) -> tuple[str, str] | None:
    found = pattern.fullmatch(part.lower())
    if found is None:
        return None
    kind = fold(found[1]).rstrip(".")
    return _SHORT.get(kind, kind), part[found.start("name") :].strip()


@lru_cache(maxsize=4_096)
def _of_list(written: Written, of: List, *, exact: bool) -> Sequence[Commune]:
    """The communes of a list that fit; `exact`: of the old province of that name, not of all merged into today's."""
    now = provinces().today[written.province]
    if of is List.TODAY:
        return () if written.district else tuple(_fitting(_by_province(of).get(now, ()), *written.commune))
    old = provinces().before[written.province]
    merged = [old] if exact else [code for code, today in provinces().now.items() if today == now]
    inside = [one for code in merged for one in _by_province(of).get(code, ())]
    if written.district is not None:
        seats = {one.district.code: one.district for one in inside if one.district is not None}
        fitting = {one.code for one in _fitting(list(seats.values()), *written.district)}
        inside = [one for one in inside if one.district is not None and one.district.code in fitting]
    return tuple(_fitting(inside, *written.commune))


def _fitting(among: Sequence[Place], kind: str, name: str) -> Sequence[Place]:
    """Those of this name; of this kind, if any is. Marks count, unless none is written."""
    name = _LEADING_ZERO.sub("", name)
    which, wanted = (1, fold(name)) if name.isascii() else (2, spelling(name))
    like = [one for one in among if _split(one.name)[which] == wanted]
    return [one for one in like if _split(one.name)[0] == kind] or like


@cache
def _by_province(of: List) -> Mapping[str, Sequence[Commune]]:
    found: dict[str, list[Commune]] = {}
    for one in communes(of).values():
        found.setdefault(one.province, []).append(one)
    return found


@cache
def _split(name: str) -> tuple[str, str, str]:
    """A listed name's kind, folded; the bare name folded, and as `spelling`."""
    kind = next(kind for kind in _LISTED_KINDS if name.startswith(kind + " "))
    bare = name[len(kind) + 1 :]
    return fold(kind), fold(bare), spelling(bare)
