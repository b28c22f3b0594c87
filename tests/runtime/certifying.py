"""Certificates for tests, made by the openssl program."""

import subprocess
from pathlib import Path

from unknot.runtime.remote import Certificates


class Authority:
    """Signs certificates for 127.0.0.1."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.certificate = self.folder / "authority.pem"
        self._key = self.folder / "authority.key"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-keyout", str(self._key), "-out", str(self.certificate)),
        )

    def issue(self, name: str, trusting: "Authority | None" = None) -> Certificates:
        """For `name`, which believes `trusting`, or this one."""
        key, request, certificate = (
            self.folder / f"{name}.{suffix}" for suffix in ("key", "csr", "pem")
        )
        names = self.folder / "names"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request)),
        )
        openssl(
            *("x509", "-req", "-in", str(request), "-days", "2", "-extfile", str(names)),
            *("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial"),
            *("-out", str(certificate)),
        )
        believed = trusting or self
        return Certificates(certificate=certificate, key=key, authority=believed.certificate)


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
