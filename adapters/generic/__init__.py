"""Forms for offices without a form of their own: commune committees, coast guard, missions, shelters, legal aid.

Two Excel templates that `caunoi template` writes, one person upright and a list, and CloudEvents JSON for programs; all
three have the same fields. `docs/forms/generic.md` describes them.
"""

from adapters.generic.adapter import ADAPTERS
from adapters.generic.layout import LIST, UPRIGHT

__all__ = ["ADAPTERS", "LIST", "UPRIGHT"]
