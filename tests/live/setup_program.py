"""The set-up window as a program, with the internet led to loopback; what it answers goes to stdout.

Argument: JSON with `home`, `web` (the HTTPS server's port), `dns` (the name server's port) and `account`.
"""

from __future__ import annotations

import json
import sys

import dns.resolver

from notifier.places import places
from notifier.setup.discovery import Means
from notifier.setup.dns_entries import Names
from notifier.setup.https import Way
from notifier.windows.setup import setup


def main() -> None:
    facts = json.loads(sys.argv[1])
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], facts["dns"]

    def address(host: str, port: int) -> tuple[str, int]:
        return "127.0.0.1", facts["web"] if port == 443 else port

    means = Means(Way(address=address), Names(2.0, resolver))
    print(json.dumps(setup(places(facts["home"]), facts.get("account"), means=means)), flush=True)


if __name__ == "__main__":
    main()
