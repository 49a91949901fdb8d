"""Whom a sender trusts and how it proves itself: certificates are always verified."""

import ssl

from scanner.errors import UsageError


def context(ca: str = "", client_cert: str = "", client_key: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer, with the system's authorities or one of one's own; raises UsageError for unusable files."""
    try:
        made = ssl.create_default_context(cafile=ca or None)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if client_cert:
            made.load_cert_chain(client_cert, client_key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        files = ", ".join(filter(None, (ca, client_cert, client_key)))
        raise UsageError(f"certificates cannot be used: {files} ({_why(error)})") from None
    return made


def _no_password() -> str:
    raise ValueError("the key has a password")


def _why(error: Exception) -> str:
    return str(getattr(error, "reason", "") or getattr(error, "strerror", "") or error)
