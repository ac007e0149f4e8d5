"""The Women's Union's (Hội Liên hiệp Phụ nữ) list of monthly support and group activity, as CSV or Excel.

`docs/forms/women_union.md` describes the form field by field.
"""

from adapters.women_union.adapter import ADAPTER, WomenUnion
from adapters.women_union.layout import LAYOUTS

__all__ = ["ADAPTER", "LAYOUTS", "WomenUnion"]
