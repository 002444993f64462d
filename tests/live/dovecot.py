"""A real Dovecot of a test's own: POP3 with and without TLS on free ports, in a folder that goes with the test."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from notifier.config import Server
from tests.live import certificates
from tests.live.certificates import Certificate
from tests.live.needs import missing, need
from tests.live.ports import free_port

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
pop3_uidl_format = %08Xv%08Xu
pop3_lock_session = yes
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{extra}
"""


class Dovecot:
    """Use as a context. `users` maps names to passwords; `mechanisms` are Dovecot's own words.

    It lives in `folder`, but run as root its mail processes are another user, to whom every new run of pytest closes
    all of pytest's folders: then it lives in one of its own, gone afterwards.
    """

    def __init__(
        self,
        folder: Path,
        *,
        mechanisms: str = "plain login",
        users: Mapping[str, str] | None = None,
        certificate: Certificate | None = None,
        tls: bool = True,
        extra: str = "",
    ) -> None:
        self.folder = folder / "dovecot" if os.geteuid() != 0 else Path(tempfile.mkdtemp(prefix="notifier-dovecot-"))
        self.users = dict(users or {"ann": "secret"})
        self.port, self.tls_port = free_port(), free_port()
        self._mechanisms = mechanisms
        self._certificate = certificate
        self._tls = tls
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    @property
    def ca_file(self) -> str:
        assert self._certificate is not None
        return str(self._certificate.ca)

    def server(
        self, security: str = "tls", user: str = "ann", *, auth: str = "auto", host: str = "localhost"
    ) -> Server:
        """How an account names this server."""
        port = self.tls_port if security == "tls" else self.port
        return Server(host, port, security, user, auth, ca_file=self.ca_file if security != "none" else "")

    # --- the mail ------------------------------------------------------------------------------------------------

    def maildir(self, user: str = "ann") -> Path:
        folder = self.folder / "mail" / user
        if not folder.exists():
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(parents=True)
            self._give(folder)
        return folder

    def deliver(self, count: int = 1, user: str = "ann", size: int = 500) -> None:
        """Puts `count` messages of about `size` octets into the mailbox, as a delivery agent does."""
        folder = self.maildir(user)
        for _ in range(count):
            self._number += 1
            message = f"From: b@example.org\nSubject: mail {self._number}\n\n"
            body = ("x" * 70 + "\n") * max(1, (size - len(message)) // 71)
            name = f"{1_600_000_000 + self._number}.M{self._number}P1.test"
            path = folder / "tmp" / name
            path.write_text(message + body)
            os.utime(path, (1_600_000_000 + self._number,) * 2)
            os.chown(path, *self._owner())
            path.rename(folder / "new" / name)  # whole at once: a session may be looking

    def remove(self, count: int = 1, user: str = "ann") -> None:
        """Another client deletes the oldest `count` messages."""
        folder = self.maildir(user)
        mails = sorted([*(folder / "new").iterdir(), *(folder / "cur").iterdir()], key=lambda p: p.name)
        for mail in mails[:count]:
            mail.unlink()

    def renumber(self, user: str = "ann") -> None:
        """A new UIDVALIDITY, as after a migration: every unique-id changes, no message does."""
        for name in (
            "dovecot-uidlist",
            "dovecot.index",
            "dovecot.index.log",
            "dovecot.index.cache",
            "dovecot-uidvalidity",
        ):
            (self.maildir(user) / name).unlink(missing_ok=True)
        for mark in self.maildir(user).glob("dovecot-uidvalidity.*"):
            mark.unlink()
        time.sleep(1.1)  # Dovecot takes the new UIDVALIDITY from the clock, in seconds

    # --- the server ----------------------------------------------------------------------------------------------

    def __enter__(self) -> Dovecot:
        program = need("dovecot", package="dovecot-pop3d")
        if not Path("/usr/lib/dovecot/pop3").exists():
            missing("Dovecot has no POP3 (Debian package dovecot-pop3d)")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for part in ("run", "state", "mail", "home"):
            (self.folder / part).mkdir()
        for part in ("mail", "home"):
            self._give(self.folder / part)
        self._certificate = self._certificate or certificates.make(self.folder / "tls")
        (self.folder / "users").write_text("".join(f"{u}:{p}\n" for u, p in self.users.items()))
        (self.folder / "log").touch()
        (self.folder / "dovecot.conf").write_text(self._config())
        command = [program, "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            self._wait()
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        if os.geteuid() == 0:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _config(self) -> str:
        assert self._certificate is not None
        uid, gid = self._owner()
        me = pwd.getpwuid(os.geteuid()).pw_name
        root = os.geteuid() == 0
        return CONFIG.format(
            folder=self.folder,
            ssl="yes" if self._tls else "no",
            chain=self._certificate.chain,
            key=self._certificate.key,
            mechanisms=self._mechanisms,
            uid=uid,
            gid=gid,
            internal="dovecot" if root else me,
            login="dovenull" if root else me,
            group="dovecot" if root else me,
            port=self.port,
            tls_port=self.tls_port,
            extra=self._extra,
        )

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 20
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as sock:
                if sock.recv(100).startswith(b"+OK"):
                    return
            time.sleep(0.02)
        raise AssertionError("Dovecot did not start: " + (self.folder / "log").read_text()[-2000:])

    def _owner(self) -> tuple[int, int]:
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        mail = pwd.getpwnam("mail")
        return mail.pw_uid, mail.pw_gid

    def _give(self, folder: Path) -> None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *self._owner())
