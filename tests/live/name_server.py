"""A DNS server of a test's own on loopback, over UDP: the entries it is given, and no such name for all else."""

from __future__ import annotations

import contextlib
import socket
import threading

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


class NameServer:
    """`entries` maps (name, kind) to the entries' texts, as in a zone file."""

    def __init__(self, entries: dict[tuple[str, str], list[str]]) -> None:
        self.entries = entries
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return resolver

    def __enter__(self) -> NameServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, address = self._socket.recvfrom(4096)
            except OSError:
                return
            if not data:  # the socket was shut down
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
            self.asked.append(f"{name} {kind}")
            response = dns.message.make_response(query)
            texts = self.entries.get((name, kind))
            if texts:
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
            else:
                response.set_rcode(dns.rcode.NXDOMAIN)
            with contextlib.suppress(OSError):
                self._socket.sendto(response.to_wire(), address)
