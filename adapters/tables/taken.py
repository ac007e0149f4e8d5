"""What one file has already told: the same record a second time is returned, never recorded twice."""

from __future__ import annotations

from adapters.contract import Draft
from domain.errors import RefusedError


class Taken:
    """Record keys and codes of the rows of one file that were taken.

    `one_row_each`: the form gives each person one row, so that a mã hồ sơ may not come twice.
    """

    def __init__(self, *, one_row_each: bool) -> None:
        self._one_row_each = one_row_each
        self._codes: set[str] = set()
        self._code_of: dict[tuple[str, ...], str | None] = {}

    def check(self, draft: Draft) -> None:
        """Take a draft, or refuse what stood further up.

        Raises:
            RefusedError: `row_repeated`; `row_paper_twice`: one paper beside two mã hồ sơ.
        """
        code = draft.code
        if draft.record_key in self._code_of:
            before = self._code_of[draft.record_key]
            raise RefusedError("row_paper_twice" if code and before and code != before else "row_repeated")
        if self._one_row_each and code in self._codes:
            raise RefusedError("row_repeated")
        self._code_of[draft.record_key] = code
        if code is not None:
            self._codes.add(code)
