"""A row as an office writes it, what it means, and the catalogue of what can be wrong in it (forms.md §2).

A mess rewrites one cell and says what a careful clerk would make of it: the same as before, something else (also
nothing), or a row to be given back. Rows begin clean; what is asserted of them is what stays true of the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.mess.people import Person

GENERIC = ("list", "person")
WOMEN = ("women", "women_book")
PERSONAL = ("police", "border", "labour", *GENERIC)
ALL = (*PERSONAL, *WOMEN)

Text = Callable[["Row", Random], str | None]
Truth = Callable[["Row"], object]


@dataclass(slots=True)
class Row:
    """One row: `cells` as written and `truth` as meant, by names of our own that all forms share.

    looks: what the writer of a workbook does to it ('struck', 'struck_word', 'hidden', 'coloured', 'merged', 'shifted',
        'date', 'month', 'number'), or what it means by "nt" ('above_…'). returned: a careful clerk gives it back.
    """

    form: str
    person: Person = field(repr=False)
    cells: dict[str, str] = field(repr=False)
    truth: dict[str, object] = field(repr=False)
    messes: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    looks: set[str] = field(default_factory=set)
    returned: bool = False
    place: tuple[str, str | None, int] = ("", None, 0)  # file, sheet, row; set by the writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Mess:
    """One kind of mess. `text` gives the cell's new text, or None where the row cannot have this mess.

    truth: what fields mean then; a value of None means the field says nothing. looks: as of `Row`.
    """

    name: str
    forms: tuple[str, ...]
    cell: str
    text: Text
    truth: Mapping[str, Truth] = field(default_factory=dict)
    returned: bool = False
    looks: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()

    def apply(self, row: Row, random: Random) -> bool:
        """Bring the mess into a row; False where it cannot have it, or another mess is there already."""
        touches = {self.cell, *self.truth, *self.touches}
        if row.form not in self.forms or not touches.isdisjoint(row.touched):
            return False
        text = self.text(row, random)
        if text is None:
            return False
        row.cells[self.cell] = text
        for name, meant in self.truth.items():
            row.truth[name] = meant(row)
        row.truth = {name: value for name, value in row.truth.items() if value is not None}
        row.touched |= touches
        row.looks |= set(self.looks)
        row.messes.append(self.name)
        row.returned = row.returned or self.returned
        return True


CATALOGUE: dict[str, Mess] = {}


def add(mess: Mess) -> None:
    """Enter a mess into the catalogue; no name stands there twice."""
    assert mess.name not in CATALOGUE
    CATALOGUE[mess.name] = mess


def same(cell: str, forms: tuple[str, ...] = PERSONAL, **texts: Text) -> None:
    """Messes that change the writing and nothing of the meaning."""
    for name, text in texts.items():
        add(Mess(name=name, forms=forms, cell=cell, text=text))


def means(cell: str, field_: str, forms: tuple[str, ...] = PERSONAL, **texts: tuple[Text, Truth]) -> None:
    """Messes after which one field means something else; None: nothing."""
    for name, (text, truth) in texts.items():
        add(Mess(name=name, forms=forms, cell=cell, text=text, truth={field_: truth}))


def back(cell: str, forms: tuple[str, ...] = PERSONAL, **texts: Text) -> None:
    """Messes that a careful clerk gives back."""
    for name, text in texts.items():
        add(Mess(name=name, forms=forms, cell=cell, text=text, returned=True))


def one_of(*texts: str) -> Text:
    """Any of these texts."""
    return lambda _, random: random.choice(texts)


def nothing(_: Row) -> None:
    """The field says nothing."""
