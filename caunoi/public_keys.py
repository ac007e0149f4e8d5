"""Public keys from a key store in this home; where there is none, none is made."""

from __future__ import annotations

from caunoi.bootstrap import HUB, key_source
from caunoi.errors import UnavailableError
from caunoi.home import Home
from caunoi.settings import Settings
from sealing.encoding import to_base64url
from sealing.keystore import FileKeyStore


def public_keys(settings: Settings, agency: str) -> list[dict[str, str]]:
    """Id, use, suite and public key (base64url) of each key of an agency, of `hub` or of `registrar`.

    Raises:
        UnavailableError: there is no key store of it in this home.
    """
    home = Home(settings.home)
    place = home.node(agency)
    path, kek = {
        HUB: (home.hub.keystore, home.hub.kek),
        "registrar": (home.registrar_keystore, home.registrar_kek),
    }.get(agency, (place.keystore, place.kek))
    if not path.exists():
        raise UnavailableError("cli_no_keystore", agency=agency)
    store = FileKeyStore(path, key_source(settings, kek))
    return [
        {"kid": kid, "use": use, "suite": store.suite(kid), "public": to_base64url(store.public(kid))}
        for use in ("sign", "seal")
        for kid in store.kids("sign" if use == "sign" else "seal")
    ]
