"""The named texts of one record, read one by one; a refusal says in which field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from adapters.contract import Fact
from adapters.values.writing import missing
from domain.errors import RefusedError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fields:
    """Texts by field name; `path` is where they stand in the file ("BiHai[1]")."""

    texts: Mapping[str, str]
    path: str

    def at(self, name: str) -> str:
        """Where a field stands, for `Fact.at`."""
        return f"{self.path}.{name}"

    def text(self, name: str) -> str | None:
        """The text of a field as written, or None where it says nothing."""
        text = self.texts.get(name)
        return None if text is None or missing(text) else text

    def need(self, name: str) -> str:
        """The text of a field that must say something.

        Raises:
            RefusedError: `value_missing`.
        """
        text = self.text(name)
        if text is None:
            raise RefusedError("value_missing", column=name)
        return text

    def fact(self, name: str, reader: Callable[..., Fact | None], **settings: object) -> Fact | None:
        """Read a field by one of the readers of `adapters.values`; None where it says nothing.

        Raises:
            RefusedError: what the reader refuses, with the field as `column`.
        """
        text = self.text(name)
        return None if text is None else located(name, reader, text, at=self.at(name), **settings)


def located(column: str, reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a reader; what it refuses is refused with the field's name as `column`."""
    try:
        return reader(*args, **kwargs)
    except RefusedError as error:
        raise RefusedError(error.code, column=column) from None
