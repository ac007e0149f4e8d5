"""Opening what was granted: from a grant in force to the data key to the section's content.

Nothing is opened without a grant that the log names; what cannot be opened is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Protocol

from domain.case import Case
from domain.statements import CaseStatement, DataKey, Grant, SealedSection
from projections.plaintext import UNREADABLE, FileKey, content_of, papers_of
from sealing.encoding import KeyName
from sealing.errors import CannotOpenError, KeyMissingError, KeyStoreError
from sealing.grants import GrantOpener, unwrap
from sealing.sections import open_sealed

BODIES_AT_ONCE = 64 * 1024 * 1024  # bytes of sealed bodies held at once
GRANTS_AT_ONCE = 10_000


class Materials(Protocol):
    """Sealed bodies and wrapped grants by hash. The hub gives them out, to a node and to a replay alike."""

    def bodies(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Those of the bodies that exist and this agency may have."""

    def grants(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """Those of the grants that exist, are released and are addressed to this agency."""


class Opening:
    """Opens sections for one agency with the private keys in its key store."""

    def __init__(self, *, agency: str, keystore: GrantOpener, materials: Materials) -> None:
        self.agency = agency
        self._keystore = keystore
        self._materials = materials
        self._made: dict[tuple[str, DataKey], bytes] = {}
        self._unwraps: dict[str, dict[DataKey, bytes]] = {}  # hash of a grant → what is in it
        self._silent: set[tuple[str, DataKey]] = set()
        self._bodies: dict[str, bytes] = {}
        self._grants: dict[str, bytes] = {}
        self._asked: set[str] = set()  # hashes asked for, whether there was an answer or not

    def prefetch(self, statements: Iterable[CaseStatement]) -> None:
        """Fetch in two calls what a page of entries will need; what is too much to hold is fetched one by one later."""
        page = list(statements)
        mine = [(st.case, g) for st in page for g in st.grants if g.to == self.agency]
        granted = {(case, key) for case, grant in mine for key in grant.keys}
        bodies, size = set[str](), 0
        for sealed in (sealed for st in page for sealed in st.sealed if (st.case, sealed.key) in granted):
            size += sealed.length
            if size <= BODIES_AT_ONCE:
                bodies.add(sealed.hash)
        self._fetch_bodies(bodies)
        self._fetch_grants(grant.hash for _, grant in mine)

    def forget(self, *, keep: Container[str] = ()) -> None:
        """Drop everything cached, but for own new keys of the cases to keep: keys live in memory for minutes."""
        self._made = {place: key for place, key in self._made.items() if place[0] in keep}
        self._unwraps.clear()
        self._silent.clear()
        self._bodies.clear()
        self._grants.clear()
        self._asked.clear()

    def content(self, case: Case, statement: CaseStatement, sealed: SealedSection) -> dict[str, Any]:
        """Open one section of a statement; `UNREADABLE` when that fails. Of its papers' files it has no key."""
        plain = self._plain(case, statement, sealed)
        return UNREADABLE if plain is None else content_of(plain)

    def file_key(self, case: Case, statement: CaseStatement, sealed: SealedSection, *, place: int) -> FileKey | None:
        """What opens the file of a section's paper, counted from 0; None where that cannot be read."""
        plain = self._plain(case, statement, sealed)
        papers = [] if plain is None else papers_of(plain)
        return papers[place].file if place < len(papers) else None

    def _plain(self, case: Case, statement: CaseStatement, sealed: SealedSection) -> bytes | None:
        body = self._body(sealed.hash)
        if body is None:
            return None
        for key in self._data_keys(case, sealed.key):
            try:
                return open_sealed(
                    body,
                    data_key=key,
                    case=case.id,
                    statement=statement.id,
                    section=sealed.section.value,
                    author=sealed.author,
                    epoch=sealed.epoch,
                )
            except CannotOpenError:
                continue  # whoever holds a key may grant another one in its name
        return None

    def data_key(self, case: Case, key: DataKey) -> bytes | None:
        """The data key, by the first grant in force that opens for this agency; None when there is none."""
        return next(self._data_keys(case, key), None)

    def silent(self, case: str, key: DataKey) -> bool:
        """Whether the key store did not answer for a grant of this key, so that nothing is known of it."""
        return (case, key) in self._silent

    def _data_keys(self, case: Case, key: DataKey) -> Iterator[bytes]:
        """The data key as each grant in force has it, each only once: an untrue one must not hide the true one."""
        made = self._made.get((case.id, key))
        if made is not None:
            yield made
            return
        if len(self._unwraps) > GRANTS_AT_ONCE:
            self.forget(keep={case for case, _ in self._made})
        tried: set[bytes] = set()
        for held in case.grants.values():
            if held.grant.to == self.agency and held.state == "in_force" and key in held.grant.keys:
                found = self._unwrapped(case.id, held.grant, held.grantor).get(key)
                if found is not None and found not in tried:
                    tried.add(found)
                    yield found

    def remember(self, case: str, key: DataKey, data_key: bytes) -> None:
        """Keep a data key this agency just made, until its own grant has come back on the feed."""
        self._made[case, key] = data_key

    def remember_own(self, case: str, grant: Grant, wrapped: bytes) -> None:
        """Keep the data keys of an own grant that still waits in the outbox: the hub does not have it yet."""
        self._grants[grant.hash] = wrapped
        for key, data_key in self._unwrapped(case, grant, self.agency).items():
            self.remember(case, key, data_key)

    def _unwrapped(self, case: str, grant: Grant, grantor: str) -> Mapping[DataKey, bytes]:
        """The data keys of a grant; none where it is absent or does not open. Asked of the key store once."""
        if grant.hash not in self._unwraps:
            self._fetch_grants([grant.hash])
            wrapped = self._grants.get(grant.hash)
            self._unwraps[grant.hash] = {} if wrapped is None else self._unwrap(case, grant, grantor, wrapped)
        return self._unwraps[grant.hash]

    def _unwrap(self, case: str, grant: Grant, grantor: str, wrapped: bytes) -> dict[DataKey, bytes]:
        names = {key: KeyName(key.section.value, key.author, key.epoch) for key in grant.keys}
        try:
            opened = unwrap(
                wrapped,
                store=self._keystore,
                names=names.values(),
                case=case,
                grantor=grantor,
                grantee=self.agency,
                kid=grant.kid,
                ground=grant.ground,
            )
        except (CannotOpenError, KeyMissingError):
            return {}
        except KeyStoreError:
            self._silent.update((case, key) for key in grant.keys)
            return {}
        return {key: opened[name] for key, name in names.items()}

    def _body(self, hash_: str) -> bytes | None:
        if hash_ in self._asked:
            return self._bodies.get(hash_)
        # Too large to be held with the others, see `prefetch`.
        return self._materials.bodies([hash_]).get(hash_)

    def _fetch_bodies(self, hashes: set[str]) -> None:
        if new := sorted(hashes - self._asked):
            self._bodies.update(self._materials.bodies(new))
            self._asked.update(new)

    def _fetch_grants(self, hashes: Iterable[str]) -> None:
        """Ask once for each: what is absent has been dropped, or not been released yet."""
        if new := sorted(set(hashes) - self._asked - self._grants.keys()):
            self._grants.update(self._materials.grants(new))
            self._asked.update(new)
