"""A real Postfix of a test's own: submission with STARTTLS and TLS, logins checked by a Dovecot, delivery to it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from notifier.config import Server
from tests.live.certificates import Certificate
from tests.live.dovecot import Dovecot
from tests.live.needs import missing, need
from tests.live.ports import free_port

DOMAIN = "lab.example"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = /tmp, /var
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {domain}
mydestination =
mynetworks =
alias_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
default_transport = discard:
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/key-and-chain.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient,
    check_recipient_access inline:{{
        {{grey@{domain} = 450 4.2.0 Greylisted, try again later}},
        {{full@{domain} = 452 4.2.2 Mailbox full}} }}
message_size_limit = {size_limit}
smtpd_client_connection_rate_limit = 0
smtpd_soft_error_limit = 100
smtpd_hard_error_limit = 200
smtpd_error_sleep_time = 0
{extra}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:{strict_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

# What a Dovecot needs in its configuration to check logins for Postfix; the socket lies in its base_dir.
FOR_POSTFIX = """
service auth {
  unix_listener for-postfix {
    mode = 0666
  }
}
"""


class Postfix:
    """Use as a context, inside that of `dovecot`, whose users may log in here and get mail as `user@lab.example`.

    There are also `grey@`, who is greylisted, and `full@`, whose mailbox is full.
    """

    def __init__(
        self, dovecot: Dovecot, certificate: Certificate, *, size_limit: int = 30_000_000, extra: str = ""
    ) -> None:
        self._dovecot = dovecot
        self._certificate = certificate
        self._size_limit = size_limit
        self._extra = extra
        self.port, self.tls_port, self.strict_port = free_port(), free_port(), free_port()
        # Sockets have short names (108 octets), and pytest's folders have long ones.
        self.folder = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    def server(self, security: str = "starttls", user: str = "ann", *, auth: str = "auto") -> Server:
        """How an account names this server."""
        port = self.tls_port if security == "tls" else self.port
        return Server("localhost", port, security, user, auth, ca_file=str(self._certificate.ca))

    def __enter__(self) -> Postfix:
        program = need("postfix", package="postfix")
        if os.geteuid() != 0:
            missing("a private Postfix needs root")
        self._write()
        command = [program, "-c", str(self.folder / "etc"), "start-fg"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._wait()
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._process is not None
        subprocess.run(
            ["postfix", "-c", str(self.folder / "etc"), "stop"], capture_output=True, timeout=30, check=False
        )
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        self.folder.chmod(0o755)
        for part in ("etc", "queue", "data"):
            (self.folder / part).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        mail = pwd.getpwnam("mail")
        people = [*self._dovecot.users, "grey", "full"]
        facts = {
            "folder": self.folder,
            "domain": DOMAIN,
            "mail": self._dovecot.folder / "mail",
            "boxes": ", ".join(f"{user}@{DOMAIN}={user}/" for user in people),
            "uid": mail.pw_uid,
            "gid": mail.pw_gid,
            "auth": self._dovecot.folder / "run" / "for-postfix",
            "size_limit": self._size_limit,
            "extra": self._extra,
            "port": self.port,
            "tls_port": self.tls_port,
            "strict_port": self.strict_port,
        }
        for user in self._dovecot.users:
            self._dovecot.maildir(user)
        (self.folder / "key-and-chain.pem").write_text(
            self._certificate.key.read_text() + self._certificate.chain.read_text()
        )
        (self.folder / "etc" / "main.cf").write_text(MAIN.format(**facts))
        (self.folder / "etc" / "master.cf").write_text(MASTER.format(**facts))

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as sock:
                if sock.recv(100).startswith(b"220"):
                    return
            time.sleep(0.05)
        log = self.folder / "log"
        raise AssertionError("Postfix did not start: " + (log.read_text()[-2000:] if log.exists() else "no log"))
