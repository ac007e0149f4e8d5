"""The Labour department's (Sở LĐTBXH, since 2025 Sở Y tế) workbook of victims supported: one row for each person.

`docs/forms/labour_department.md` describes the form field by field.
"""

from adapters.labour_department.adapter import ADAPTER, LabourDepartment
from adapters.labour_department.layout import LAYOUTS

__all__ = ["ADAPTER", "LAYOUTS", "LabourDepartment"]
