"""The kinds of string a statement's header may hold: ids, hashes, codes, dates. Never words.

Every name here is an `Annotated[str, Meta(pattern=…)]`. A test walks all statement schemas and fails on any
string that is not one of these, so that no free text can reach the part of a statement that is never erased.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = [
    "AgencyId",
    "CaseCode",
    "CaseId",
    "Code",
    "Day",
    "Hash",
    "KeyId",
    "Minute",
    "PlaceCode",
    "Pseudonym",
    "PublicKey",
    "ReferralId",
    "StatementId",
]

StatementId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", description="16 random bytes, hex")]
CaseId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", description="16 random bytes, hex")]
ReferralId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", description="id of one referral or transfer, hex")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="SHA-256, hex")]
KeyId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z", description="first 16 bytes of SHA-256(raw public key), hex")]
PublicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43,1700}\Z", description="raw public key, base64url")]
AgencyId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}\Z", description="stable id of an agency")]
PlaceCode = Annotated[
    str, Meta(pattern=r"^([0-9]{2}|[0-9]{5})\Z", description="province (2) or commune (5 digits), Decision 19/2025")
]
Pseudonym = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z", description="officer's pseudonym, known to the agency")]
CaseCode = Annotated[
    str,
    Meta(pattern=r"^HS-[2-9A-HJ-NP-Y]{5}-[2-9A-HJ-NP-Y]{5}\Z", description="mã hồ sơ, last symbol is the check"),
]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z", description="a code of a named list in the rules")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="date, Asia/Ho_Chi_Minh")]
Minute = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z\Z", description="UTC, to the minute")
]
