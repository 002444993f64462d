"""A second real POP3 server: popa3d, which knows neither CAPA nor SASL nor pipelining, and names mail by its hash.

Debian's package conflicts with Dovecot's, so it is fetched and unpacked, not installed. It serves the system's users:
each session runs in a mount namespace of its own in which the user list, the passwords and the spool are the test's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tests.live.needs import missing, need

PASSWORD = "secret"
UID = 65_533


class Popa3d:
    """Use as a context; serves the user `ann` on 127.0.0.1:`port`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sessions: list[subprocess.Popen[bytes]] = []
        self._number = 0

    def __enter__(self) -> Popa3d:
        if os.geteuid() != 0:
            pytest.skip("popa3d serves system users: the test has to be root to give it users of its own")
        self._fetch()
        self._furnish()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.close()
        for session in self._sessions:
            session.kill()
            session.wait(10)

    def deliver(self, count: int = 1) -> None:
        with (self.folder / "mail" / "ann").open("a") as spool:
            for _ in range(count):
                self._number += 1
                spool.write(f"From b@x Mon Nov 23 00:00:00 2026\nFrom: b@x\nSubject: {self._number}\n\nhello\n\n")

    def remove_all(self) -> None:
        (self.folder / "mail" / "ann").write_text("")

    def _fetch(self) -> None:
        need("apt-get", package="apt")
        self.folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["apt-get", "download", "popa3d"], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        packages = list(self.folder.glob("popa3d_*.deb"))
        if not packages:
            missing(f"the Debian package popa3d could not be fetched: {done.stderr.strip()[-200:]}")
        subprocess.run(["dpkg", "-x", str(packages[0]), str(self.folder / "unpacked")], check=True, timeout=60)

    def _furnish(self) -> None:
        for part in ("etc", "pam", "mail"):
            (self.folder / part).mkdir()
        hashed = subprocess.run(
            [need("openssl", package="openssl"), "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True
        ).stdout.strip()
        files = {
            "etc/passwd": f"root:x:0:0::/:/bin/sh\npopa3d:x:65532:65532::/:/bin/false\nann:x:{UID}:{UID}::/:/bin/sh\n",
            "etc/shadow": f"root:*:1::::::\npopa3d:*:1::::::\nann:{hashed}:19000:0:99999:7:::\n",
            "etc/group": f"root:x:0:\npopa3d:x:65532:\nann:x:{UID}:\n",
            "pam/popa3d": "auth required pam_unix.so\naccount required pam_unix.so\n",
            "mail/ann": "",
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
        (self.folder / "etc" / "shadow").chmod(0o600)
        spool = self.folder / "mail" / "ann"
        spool.chmod(0o600)
        os.chown(spool, UID, UID)
        script = ["set -e", *(f"mount --bind {self.folder}/etc/{f} /etc/{f}" for f in ("passwd", "shadow", "group"))]
        script += [
            f"mount --bind {self.folder}/pam /etc/pam.d",
            f"mount --bind {self.folder}/mail /var/mail",
            f"cp {self.folder}/unpacked/usr/sbin/popa3d {self.folder}/popa3d",
            "mount -t tmpfs none /var/lib",
            "mkdir /var/lib/popa3d",
            f"exec {self.folder}/popa3d",
        ]
        (self.folder / "session").write_text("\n".join(script) + "\n")

    def _serve(self) -> None:
        """What inetd does."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                command = ["unshare", "--mount", "sh", str(self.folder / "session")]
                self._sessions.append(subprocess.Popen(command, stdin=client, stdout=client, stderr=subprocess.DEVNULL))
