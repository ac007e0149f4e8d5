"""The worked example: one province's caseload through four agencies, from their own files to an auditor's replay.

Everything printed was computed from the running system: per file what became of its rows, figures from the Labour
department's own view and nothing else, one case through four agencies' eyes, refusals that really ran.
"""

from __future__ import annotations

from caunoi.demo.running import run

__all__ = ["run"]
