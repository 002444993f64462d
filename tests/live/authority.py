"""A throw-away certificate authority, and a server certificate for localhost signed by it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.needs import need

_EXTENSIONS = """subjectAltName=DNS:localhost,IP:127.0.0.1
basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth
authorityKeyIdentifier=keyid
"""


@dataclass(frozen=True)
class Authority:
    ca: Path
    chain: Path
    key: Path


def make_authority(folder: Path) -> Authority:
    """Keys and certificates in `folder`, made with the openssl command."""
    openssl = need("openssl", package="openssl")
    folder.mkdir(parents=True, exist_ok=True)

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *key, "-days", "30", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    run("req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text(_EXTENSIONS)
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
        "-extfile", "server.ext", "-out", "server.pem")  # fmt: skip
    chain = folder / "chain.pem"
    chain.write_text((folder / "server.pem").read_text() + (folder / "ca.pem").read_text())
    return Authority(folder / "ca.pem", chain, folder / "server.key")
