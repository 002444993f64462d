"""Passwords and tokens: from the account's `password_command`, else from the desktop's store. Never from a file.

An account's sending server may share the receiving one's password; a server of somebody else never gets it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from typing import Any

from notifier.config import Account, Server
from notifier.errors import Reason, Trouble
from notifier.servers.secret import Secret
from notifier.system import child
from notifier.system.launch import end_group

STORE = "notifier.system.keyring_child"
SIGN_IN = "notifier.setup.sign_in_child"
SIGN_IN_MARK = '{"oauth2":'
TOKENS = ("xoauth2", "oauthbearer")
SECONDS = 30.0
# A person who is asked to unlock the store looks for the password first.
PROMPT_SECONDS = 180.0
LONGEST = 16_384  # octets; the longest access tokens met are about 4 kB


def secret_for(account: Account, server: Server, *, timeout: float = SECONDS, interactive: bool = False) -> Secret:
    """What `server` of `account` is to be logged in with. `timeout` in seconds; never prompts unless `interactive`.

    Raises Trouble: PASSWORD_MISSING, STORE_LOCKED (try again later), STORE_MISSING, PASSWORD_COMMAND_FAILED,
    SIGN_IN_NEEDED, BAD_SETTING, and those of the network where a token has to be renewed.
    """
    if server.password_command:
        return from_command(server.password_command, server.host, timeout)
    if server.auth in TOKENS:
        return _token(account, server, timeout, interactive=interactive)
    try:
        return _from_store(_keys(account, server), server.host, timeout, interactive=interactive)
    except Trouble:
        if server != account.pop3 and account.pop3.password_command and shares_password(account, server):
            return from_command(account.pop3.password_command, server.host, timeout)
        raise


def keep(account: Account, server: Server, secret: Secret, *, timeout: float = PROMPT_SECONDS) -> None:
    """Puts `secret` into the desktop's store; may prompt. Raises Trouble(STORE_LOCKED, STORE_MISSING)."""
    _store({"do": "put", "keys": [key_of(account, server)], "secret": secret.reveal()}, "", timeout, interactive=True)


def forget(account: Account, *, timeout: float = PROMPT_SECONDS) -> None:
    """Removes all passwords of `account` from the store. Raises Trouble(STORE_LOCKED, STORE_MISSING)."""
    keys = [key_of(account, server) for server in (account.pop3, *account.smtp)]
    _store({"do": "delete", "keys": keys}, "", timeout, interactive=True)


def rename(old: Account, new: Account, *, timeout: float = PROMPT_SECONDS) -> None:
    """Has the passwords follow an account's new name. Raises Trouble(STORE_LOCKED, STORE_MISSING)."""
    pairs = [(key_of(old, old.pop3), key_of(new, new.pop3))]
    pairs += [(key_of(old, a), key_of(new, b)) for a, b in zip(old.smtp, new.smtp, strict=False)]
    keys = [pair for pair in pairs if pair[0] != pair[1]]
    if keys:
        _store({"do": "rename", "keys": keys}, "", timeout, interactive=True)


def store_name(*, timeout: float = SECONDS) -> str:
    """The desktop's password store by its name, for `doctor`. Raises Trouble(STORE_LOCKED, STORE_MISSING)."""
    return str(_store({"do": "about"}, "", timeout, interactive=False).get("name", ""))


# --- whose password is whose -------------------------------------------------------------------------------------


def key_of(account: Account, server: Server) -> str:
    """The user name in the store: the account's name and which of its servers is meant."""
    if server == account.pop3:
        return f"{account.name}/pop3"
    first = bool(account.smtp) and server == account.smtp[0]
    return f"{account.name}/smtp" if first or server not in account.smtp else f"{account.name}/smtp {server.host}"


def shares_password(account: Account, server: Server) -> bool:
    """Whether the sending `server` takes the receiving one's password: the same provider, or the same whole address.

    A bare name such as “ann” may be somebody else at another provider, who must not learn this password.
    """
    if "@" in server.user and server.user == account.pop3.user:
        return True
    return _site(server.host) == _site(account.pop3.host)


# Under two-letter countries these are shared by everybody, as `co.uk` is.
_SHARED = frozenset({"ac", "co", "com", "edu", "gen", "go", "gov", "me", "ne", "net", "nom", "or", "org"})


def _site(host: str) -> str:
    """Who a server belongs to: the last two labels of its name, three under the likes of `co.uk`."""
    if host.replace(".", "").isdigit():
        return host
    labels = host.lower().rstrip(".").split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3 if shared else -2 :])


def _keys(account: Account, server: Server) -> list[str]:
    keys = [key_of(account, server)]
    if server != account.pop3 and shares_password(account, server):
        keys.append(key_of(account, account.pop3))
    return keys


# --- the desktop's store -----------------------------------------------------------------------------------------


def _from_store(keys: list[str], host: str, timeout: float, *, interactive: bool) -> Secret:
    answer = _store({"do": "get", "keys": keys}, host, timeout, interactive=interactive)
    if str(answer["secret"]).startswith(SIGN_IN_MARK):  # kept for tokens; it is no password to log in with
        raise Trouble(Reason.PASSWORD_MISSING, host=host)
    return Secret(str(answer["secret"]))


_REASONS = {"missing": Reason.PASSWORD_MISSING, "locked": Reason.STORE_LOCKED, "none": Reason.STORE_MISSING}


def _store(request: dict[str, Any], host: str, timeout: float, *, interactive: bool) -> child.Facts:
    seconds = max(timeout, PROMPT_SECONDS) if interactive else timeout
    try:
        answer = child.ask(STORE, {**request, "interactive": interactive}, seconds)
    except child.ChildError as error:
        # A store that does not answer is most often one that waits for its user.
        raise Trouble(Reason.STORE_LOCKED if error.late else Reason.STORE_MISSING, host=host) from None
    state = str(answer.get("state"))
    if state != "ok":
        raise Trouble(_REASONS.get(state, Reason.STORE_MISSING), host=host)
    return answer


# --- signing in with a token -------------------------------------------------------------------------------------


def _token(account: Account, server: Server, timeout: float, *, interactive: bool) -> Secret:
    """A fresh access token; the refresh token lies in the store under the same keys as a password would."""
    request = {"do": "token", "keys": _keys(account, server), "host": server.host, "interactive": interactive}
    try:
        answer = child.ask(SIGN_IN, {**request, "seconds": timeout}, timeout + 5)
    except child.ChildError as error:
        raise Trouble(Reason.TIMED_OUT if error.late else Reason.SIGN_IN_NEEDED, host=server.host) from None
    if answer.get("state") != "ok":
        reason = _REASONS.get(str(answer.get("state")))
        if reason in {None, Reason.PASSWORD_MISSING}:
            reason = Reason(answer["reason"]) if "reason" in answer else Reason.SIGN_IN_NEEDED
        host = server.host if reason is Reason.SIGN_IN_NEEDED else str(answer.get("host") or server.host)
        raise Trouble(reason, host=host, said=str(answer.get("said", "")))
    good_for = answer.get("good_for")
    return Secret(str(answer["token"]), time.monotonic() + good_for if good_for is not None else None)


# --- password_command --------------------------------------------------------------------------------------------


def from_command(command: str, host: str, timeout: float) -> Secret:
    """The first line that `command` writes; run without a shell, for at most `timeout` seconds.

    Its messages are dropped: a program that fails may well print what it was asked for.
    Raises Trouble(PASSWORD_COMMAND_FAILED), or BAD_SETTING where it cannot even be read.
    """
    arguments = split_command(command)
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        said = f"{arguments[0]}: {error.strerror or type(error).__name__}"
        raise Trouble(Reason.PASSWORD_COMMAND_FAILED, host=host, said=said) from None
    try:
        output = _bounded(process, timeout)
    finally:
        _end(process)
    return _first_line(output, process.returncode, arguments[0], host)


def split_command(command: str) -> list[str]:
    """The command as its arguments. Raises Trouble(BAD_SETTING)."""
    try:
        parts = shlex.split(command, posix=os.name != "nt")
    except ValueError as error:
        raise Trouble(Reason.BAD_SETTING, said=f"password_command: {error}") from None
    arguments = parts if os.name != "nt" else [part.strip('"') for part in parts]  # backslashes are folders there
    if not arguments or not arguments[0]:
        raise Trouble(Reason.BAD_SETTING, said="password_command")
    return [os.path.expanduser(arguments[0]), *arguments[1:]]  # noqa: PTH111 - a program's name may be no path


def _bounded(process: subprocess.Popen[bytes], timeout: float) -> bytes | None:
    """At most LONGEST octets of output; None when time was up. The reading thread ends with the process."""
    import threading

    assert process.stdout is not None  # noqa: S101 - asked for a few lines above
    stream, found = process.stdout, bytearray()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            while len(found) <= LONGEST and (part := os.read(stream.fileno(), 4096)):
                found.extend(part)

    reader = threading.Thread(target=read, daemon=True)
    end = time.monotonic() + timeout
    reader.start()
    # A helper that the command leaves running (an agent) may hold the pipe open for ever: the command's end counts.
    while reader.is_alive() and process.poll() is None and time.monotonic() < end:
        reader.join(0.05)
    reader.join(0.5)
    if len(found) <= LONGEST:
        try:
            process.wait(max(0.05, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None
    return bytes(found)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command with all that it started, if it still runs."""
    if process.poll() is None:
        end_group(process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.stdout is not None:
        process.stdout.close()


def _first_line(output: bytes | None, status: int | None, program: str, host: str) -> Secret:
    said = ""
    if output is None:
        said = f"{program}: no answer in time"
    elif len(output) > LONGEST:
        said = f"{program}: more than a password"
    elif status:
        said = f"{program}: exit status {status}"
    else:
        try:
            line = output.split(b"\n", 1)[0].rstrip(b"\r").decode()
        except UnicodeDecodeError:
            line, said = "", f"{program}: not UTF-8"
        if line and "\0" not in line:
            return Secret(line)
    raise Trouble(Reason.PASSWORD_COMMAND_FAILED, host=host, said=said or f"{program}: nothing")
