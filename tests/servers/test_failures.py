"""Each failure of a connection has its own reason, from real sockets where the system can be made to fail."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from notifier import pop3
from notifier.config import Server
from notifier.errors import Kind, Reason, Trouble
from notifier.servers import tls
from notifier.servers.failures import trouble_of
from notifier.servers.secret import Secret
from tests.live.ports import free_port


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does `serve` with each connection, and nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(client,), daemon=True).start()

    def one(client: socket.socket) -> None:
        try:
            with client:
                serve(client)
        except OSError:
            pass

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


def look(port: int, security: str = "none", deadline: float = 5.0, host: str = "127.0.0.1") -> Trouble:
    with pytest.raises(Trouble) as caught:
        pop3.look(Server(host, port, security, "ann"), Secret("pw"), deadline=deadline)
    return caught.value


def drip(client: socket.socket) -> None:
    while True:
        client.sendall(b"+")
        time.sleep(0.05)


def flood(client: socket.socket) -> None:
    while True:
        client.sendall(b"x" * 65536)


def test_a_dripping_server_is_left_at_the_deadline() -> None:
    """poplib would wait for ever: every byte begins its time-out anew (facts: measured)."""
    with serving(drip) as port:
        assert look(port, deadline=0.6).reason is Reason.TIMED_OUT


def test_a_silent_server_is_left_at_the_deadline() -> None:
    with serving(lambda client: time.sleep(3)) as port:
        assert look(port, deadline=0.3).reason is Reason.TIMED_OUT
        assert look(port, "tls", deadline=0.3).reason is Reason.TIMED_OUT


def test_an_endless_line_is_cut() -> None:
    with serving(flood) as port:
        assert look(port).reason is Reason.LINE_TOO_LONG


def test_a_server_of_another_kind_is_garbage() -> None:
    with serving(lambda client: client.sendall(b"220 mail.example.org ESMTP\r\n")) as port:
        trouble = look(port)
    assert (trouble.reason, trouble.said) == (Reason.GARBAGE, "220 mail.example.org ESMTP")


def test_a_server_without_tls_on_a_tls_port() -> None:
    with serving(lambda client: client.sendall(b"+OK plain POP3\r\n")) as port:
        assert look(port, "tls").reason is Reason.HANDSHAKE_FAILED


def test_words_slipped_in_before_the_encryption_end_it() -> None:
    def inject(client: socket.socket) -> None:
        client.sendall(b"+OK\r\n")
        client.recv(100)
        client.sendall(b"+OK begin\r\n+OK logged in already\r\n")
        time.sleep(1)

    with serving(inject) as port:
        assert look(port, "starttls").reason is Reason.STARTTLS_INJECTED


def test_a_closed_connection() -> None:
    with serving(lambda client: client.close()) as port:
        assert look(port).reason is Reason.CLOSED


def test_nobody_there() -> None:
    assert look(free_port()).reason is Reason.CONNECTION_REFUSED


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "\u00e4" * 80 + ".invalid"])
def test_a_name_that_is_none(host: str) -> None:
    assert look(995, "tls", host=host).reason is Reason.NAME_NOT_FOUND


def test_another_thread_can_end_a_session() -> None:
    with serving(lambda client: time.sleep(5)) as port:
        session = pop3.Session(Server("127.0.0.1", port, "none", "ann"), 30)
        threading.Timer(0.2, session.close).start()
        with pytest.raises(Trouble) as caught:
            session.run(pop3.Plan(Server("127.0.0.1", port, "none", "ann"), Secret("pw")))
    assert caught.value.kind is Kind.NETWORK


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENETUNREACH, ""), Reason.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, ""), Reason.UNREACHABLE),
        (ConnectionResetError(errno.ECONNRESET, ""), Reason.CLOSED),
        (BrokenPipeError(errno.EPIPE, ""), Reason.CLOSED),
        (TimeoutError("timed out"), Reason.TIMED_OUT),
        (socket.gaierror(socket.EAI_NONAME, ""), Reason.NAME_NOT_FOUND),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), Reason.HANDSHAKE_FAILED),
    ],
)
def test_the_systems_errors(error: Exception, reason: Reason) -> None:
    assert trouble_of(error, "h").reason is reason


def test_tls_is_verified_and_new_enough() -> None:
    context = tls.context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert tls.context() is context


def test_a_ca_file_that_is_none_is_a_setting_to_mend() -> None:
    with pytest.raises(Trouble) as caught:
        tls.context("/no/such/file.pem")
    assert caught.value.kind is Kind.CONFIG
    assert "/no/such/file.pem" in caught.value.said
