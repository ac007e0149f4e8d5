"""A PDF signed as an office signs one, and an independent reader of its signature (pyHanko).

Signer and words are made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import keys, pem, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

NAME = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "Công an tỉnh Giả (giả định)")])
OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R >>",
    b"<< /Length 0 >>\nstream\n\nendstream",
)


def blank_pdf() -> bytes:
    """One empty page (ISO 32000-1 §7.5)."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(OBJECTS, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(OBJECTS) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(made + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(OBJECTS) + 1, table))


def certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The signer's own certificate."""
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        certificates.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=7300))
    )
    usage = certificates.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    return x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))


def signed_pdf() -> tuple[bytes, x509.Certificate]:
    """A PDF with its own digital signature, and whose it is."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = certificate(key)
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _, _, der = pem.unarmor(plain)
    known = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    signer = SimpleSigner(signing_cert=whose, signing_key=keys.PrivateKeyInfo.load(der), cert_registry=known)
    out = io.BytesIO()
    sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(blank_pdf())),
        PdfSignatureMetadata(field_name="ChuKySo"),
        signer=signer,
        output=out,
    )
    return out.getvalue(), whose


def check_signature(pdf: bytes, whose: x509.Certificate) -> Any:
    """What the reader finds of the signature; it looks nothing up."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[whose], allow_fetching=False)
    return validate_pdf_signature(signature, trusted)
