"""How a broker is reached: addresses, TLS, and who we are to it. No secret is in it but by its file."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOPBACK = ("127.", "localhost:", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A broker's addresses (``host:port``), and how it is spoken to.

    ca: PEM file of the authorities that vouch for the broker; without it nothing is encrypted (loopback only).
    user, password_file: SCRAM-SHA-512; the file's first line is the password.
    certificate: PEM file of our own certificate and key (mTLS), instead of a user or beside it.
    """

    addresses: tuple[str, ...]
    ca: Path | None = None
    user: str | None = None
    password_file: Path | None = None
    certificate: Path | None = None

    @property
    def is_here(self) -> bool:
        """Whether the broker is on this machine."""
        return all(one.startswith(LOOPBACK) for one in self.addresses)

    def takes(self, name: str) -> bool:
        """Whether the file of this name (`ca`, `passfile`, `certificate`) can be used, or none is named."""
        try:
            if name == "passfile":
                self._password()
            elif self.ca is not None:
                self._context(certificate=self.certificate if name == "certificate" else None)
        except (OSError, UnicodeDecodeError):  # a file that holds no certificate is an OSError too
            return False
        return True

    def options(self) -> dict[str, Any]:
        """The options of a kafka-python client.

        Raises:
            OSError: a file cannot be read.
        """
        found: dict[str, Any] = {"bootstrap_servers": list(self.addresses), "allow_auto_create_topics": False}
        if self.ca is not None:
            found |= {"security_protocol": "SSL", "ssl_context": self._context(certificate=self.certificate)}
        if (password := self._password()) is not None:
            found |= {
                "security_protocol": "SASL_SSL" if self.ca else "SASL_PLAINTEXT",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.user,
                "sasl_plain_password": password,
            }
        return found

    def _context(self, *, certificate: Path | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.hostname_checks_common_name = False  # RFC 9525 §2: a server's name is a subjectAltName
        if certificate is not None:
            context.load_cert_chain(str(certificate))
        return context

    def _password(self) -> str | None:
        if self.user is None or self.password_file is None:
            return None
        return self.password_file.read_text("utf-8").partition("\n")[0]
