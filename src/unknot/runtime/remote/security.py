"""Who may connect to a worker: whoever can, can run code there.

A worker process listens on a Unix socket in a folder that its user alone can enter, and asks for a
secret that its parent gave it. Over TCP both sides show certificates of one authority.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from .protocol import VERSION

SECRET_KEY, VERSION_KEY = "unknot-secret", "unknot-version"
LONGEST_PATH = 100
"""Maximum length of a Unix socket's path in bytes."""

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """PEM files: a certificate, its key, and the authority that must have signed the peer's."""

    certificate: Path
    key: Path
    authority: Path

    def for_server(self) -> Any:
        """Server credentials that require a client certificate signed by the authority."""
        return grpc.ssl_server_credentials(
            [(self.key.read_bytes(), self.certificate.read_bytes())],
            root_certificates=self.authority.read_bytes(),
            require_client_auth=True,
        )

    def for_client(self) -> Any:
        return grpc.ssl_channel_credentials(
            root_certificates=self.authority.read_bytes(),
            private_key=self.key.read_bytes(),
            certificate_chain=self.certificate.read_bytes(),
        )


def make_secret() -> str:
    return secrets.token_hex(32)


def make_folder() -> Path:
    """A new folder accessible only to this user, with a path short enough for a socket."""
    for base in (None, "/tmp"):
        folder = tempfile.mkdtemp(prefix="unknot-", dir=base)
        if len(os.fsencode(folder)) < LONGEST_PATH:
            return Path(folder)
        os.rmdir(folder)  # noqa: PTH106 (as it was made)
    raise OSError("no temporary folder has a name short enough for a Unix socket")


def introduce(secret: str | None) -> Metadata:
    """The metadata that a client sends."""
    version = ((VERSION_KEY, VERSION),)
    return version if secret is None else (*version, (SECRET_KEY, secret))


def objection(
    metadata: Iterable[tuple[str, str | bytes]], secret: str | None
) -> tuple[Any, str] | None:
    """Status and reason for refusing a client with that metadata; `None` to accept it."""
    sent = dict(metadata)
    if secret is not None:
        shown = sent.get(SECRET_KEY, "")
        if not hmac.compare_digest(str(shown).encode(), secret.encode()):
            return grpc.StatusCode.UNAUTHENTICATED, "this worker takes frames from its parent alone"
    if sent.get(VERSION_KEY) != VERSION:
        return (
            grpc.StatusCode.FAILED_PRECONDITION,
            f"this worker speaks version {VERSION} of the protocol,"
            f" not {str(sent.get(VERSION_KEY))[:20]!r}",
        )
    return None
