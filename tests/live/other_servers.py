"""Real POP3 servers beside Dovecot, run without being installed: Debian lets only one of them be at a time.

GNU mailutils knows users of its own; popa3d and solid-pop3d know only the system's, so each of their sessions gets a
view of the file system in which the system's users are ours (a mount namespace: needs root).
"""

from __future__ import annotations

import contextlib
import os
import poplib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from notifier.config import Server
from tests.live import certificates
from tests.live.needs import missing, need
from tests.live.ports import free_port

USER, PASSWORD = "ann", "secret"


def unpacked(package: str) -> Path:
    """The files of a Debian package, fetched once and unpacked into this user's cache, not installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "notifier-tests"
    folder = cache / package
    if folder.exists():
        return folder
    need("dpkg-deb", package="dpkg")
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        fetch = ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package]
        fetched = subprocess.run(fetch, cwd=work, capture_output=True, text=True, timeout=100, check=False)
        found = list(Path(work).glob("*.deb"))
        if not found:
            missing(f"Debian package {package} could not be fetched: {fetched.stderr.strip()[-200:]}")
        subprocess.run(["dpkg-deb", "-x", str(found[0]), f"{work}/files"], check=True, timeout=60)
        with contextlib.suppress(OSError):  # another worker was faster
            Path(work, "files").rename(folder)
    return folder


class MboxServer(ABC):
    """A server over one user's mbox file. Use as a context."""

    def __init__(self) -> None:
        if os.geteuid() != 0:
            missing("these servers change to their users' identity, so they need root")
        self.folder = Path(tempfile.mkdtemp(prefix="notifier-pop3-"))
        self.folder.chmod(0o755)
        self.mail = self.folder / "mail"
        self.mail.mkdir()
        owner = pwd.getpwnam("mail")
        self.uid, self.gid = owner.pw_uid, owner.pw_gid
        os.chown(self.mail, self.uid, self.gid)
        self.mbox = self.mail / self.mbox_name
        self.port = free_port()
        self._number = 0

    mbox_name = USER
    user = USER

    def deliver(self, count: int = 1) -> None:
        """Appends to the mbox under its lock file, as a delivery agent does."""
        with self._locked(), self.mbox.open("a") as file:
            for _ in range(count):
                self._number += 1
                n, second = self._number, self._number % 60
                file.write(
                    f"From b@example.org Mon Jan  1 00:00:{second:02d} 2024\nFrom: b@example.org\n"
                    f"Date: Mon, 1 Jan 2024 00:00:{second:02d} +0000\nMessage-ID: <{n}@example.org>\n"
                    f"Subject: mail {n}\n\nbody {n}\n\n"
                )
        os.chown(self.mbox, self.uid, self.gid)
        self.mbox.chmod(0o600)

    def remove(self, count: int = 1) -> None:
        """Another client deletes the oldest `count` messages."""
        other = self.enter()
        for number in range(1, count + 1):
            other.dele(number)
        other.quit()

    def enter(self) -> poplib.POP3:
        """A session of another client; waits for a session that still ends."""
        end = time.monotonic() + 10
        while True:
            other = poplib.POP3("127.0.0.1", self.port, timeout=20)
            try:
                other.user(self.user)
                other.pass_(PASSWORD)
            except poplib.error_proto as refused:
                other.close()
                assert time.monotonic() < end, refused
                time.sleep(0.05)
            else:
                return other

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.mbox.with_name(self.mbox.name + ".lock")
        end = time.monotonic() + 10
        while True:
            try:
                lock.touch(exist_ok=False)
                break
            except FileExistsError:
                assert time.monotonic() < end, "the mailbox stays locked"
                time.sleep(0.02)
        try:
            yield
        finally:
            lock.unlink()

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        self.deliver(0)
        try:
            self.start()
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as sock:
                if sock.recv(100).startswith(b"+OK"):
                    return
            time.sleep(0.05)
        raise AssertionError("the server gave no greeting")


class Mailutils(MboxServer):
    """GNU mailutils' pop3d, with CAPA and TLS, of both kinds."""

    mbox_name = "INBOX"  # in the user's home
    user = f"{USER}@test"

    def __init__(self) -> None:
        self.program = unpacked("mailutils-pop3d") / "usr/sbin/pop3d"
        super().__init__()
        self.tls_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def server(self, security: str = "tls", **words: str) -> Server:
        port = self.tls_port if security == "tls" else self.port
        host = "127.0.0.1" if security == "none" else "localhost"
        return Server(host, port, security, self.user, ca_file=str(self.folder / "tls/ca.pem"), **words)

    def start(self) -> None:
        if subprocess.run([self.program, "--version"], capture_output=True, timeout=20, check=False).returncode:
            missing("GNU mailutils' pop3d lacks libraries (Debian packages libmailutils9 libmu-dbm9)")
        made = certificates.make(self.folder / "tls")
        made.key.chmod(0o600)
        crypt = ["openssl", "passwd", "-1", PASSWORD]
        password = subprocess.run(crypt, check=True, capture_output=True, text=True, timeout=20).stdout.strip()
        (self.folder / "users").mkdir()
        (self.folder / "users/test").write_text(f"{USER}:{password}:{self.uid}:{self.gid}::{self.mail}:/bin/sh\n")
        settings = self.folder / "pop3d.conf"
        settings.write_text(
            f"""mode daemon; foreground yes; pidfile "{self.folder}/pid";
            server 127.0.0.1:{self.port} {{ tls-mode ondemand; }}
            server 127.0.0.1:{self.tls_port} {{ tls-mode connection; }}
            tls-mode ondemand;
            tls {{ ssl-certificate-file "{made.chain}"; ssl-key-file "{made.key}"; }}
            auth {{ authentication "generic:virtdomain"; authorization "virtdomain"; }}
            virtdomain {{ passwd-dir "{self.folder}/users"; }}
            """
        )
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.program, "--no-config", "--config-file", settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Its processes for single sessions, which outlive it, end with it."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)


class SystemUsersServer(MboxServer):
    """An inetd for a server that asks the system who its users are."""

    def __init__(self, package: str, program: str) -> None:
        need("unshare", package="util-linux")
        self.program = unpacked(package) / program
        self.name = self.program.name
        super().__init__()
        self._listener: socket.socket | None = None
        self._sessions: list[subprocess.Popen[bytes]] = []

    def server(self, **words: str) -> Server:
        return Server("127.0.0.1", self.port, "none", USER, **words)

    def start(self) -> None:
        view = self.folder / "view"
        (view / "pam.d").mkdir(parents=True)
        (view / "pam.d" / self.name).write_text("auth required pam_unix.so\naccount required pam_permit.so\n")
        crypt = ["openssl", "passwd", "-6", PASSWORD]
        password = subprocess.run(crypt, check=True, capture_output=True, text=True, timeout=20).stdout.strip()
        others = Path("/etc/passwd").read_text()
        (view / "passwd").write_text(
            f"{others}\n{USER}:x:{self.uid}:{self.gid}::/:/bin/sh\npopa3d:x:65533:65533::/:/bin/sh\n"
            "spop3d:x:65532:65532::/:/bin/sh\n"
        )
        (view / "shadow").write_text(f"{USER}:{password}:19000:0:99999:7:::\n")
        (view / "shadow").chmod(0o600)
        (view / "group").write_text(Path("/etc/group").read_text() + "\npopa3d:x:65533:\nspop3d:x:65532:\n")
        (view / "run").write_text(
            f"""set -e
            for file in passwd shadow group pam.d; do mount --bind {view}/$file /etc/$file; done
            mount --bind {self.mail} /var/mail
            mount -t tmpfs none /var/lib; mkdir -p /var/lib/popa3d /var/lib/solid-pop3d/bulletins
            exec {self.program}
            """
        )
        tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, timeout=20, check=False)
        if tried.returncode:
            missing(f"no mount namespaces here: {tried.stderr.strip()}")
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                command = ["unshare", "--mount", "sh", str(self.folder / "view/run")]
                log = subprocess.DEVNULL
                self._sessions.append(subprocess.Popen(command, stdin=client, stdout=client, stderr=log))

    def stop(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for session in self._sessions:
            try:
                session.wait(3)
            except subprocess.TimeoutExpired:
                session.kill()
                session.wait(3)


def popa3d() -> SystemUsersServer:
    """Neither CAPA nor SASL nor TLS."""
    return SystemUsersServer("popa3d", "usr/sbin/popa3d")


def solid_pop3d() -> SystemUsersServer:
    """No CAPA; loses for ever what is written behind the login before its answer."""
    return SystemUsersServer("solid-pop3d", "usr/sbin/solid-pop3d")
