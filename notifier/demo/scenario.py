"""What happens in the demo: mail keeps arriving in two mailboxes, and one of them fills past its limit.

The demo's clock runs fast (`PACE` of its seconds pass in one real one), so that intervals, history and the forecast
of days can be watched in a minute. Everything is real but the mail.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from notifier.config import Account, General, Server, Settings
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.demo.smtp_server import SmtpServer
from notifier.servers.secret import Secret

PACE = 7200.0  # two hours of the demo's time in each second: a day in twelve seconds
PASSWORD = "demo"  # noqa: S105 - of the embedded server, on loopback, for as long as the demo runs
WORK, HOME = "ann@work.example", "ann@home.example"
HOME_LIMIT = 50_000_000  # octets


@dataclass(frozen=True, slots=True)
class Delivery:
    """At `after` real seconds a mail of `octets` reaches `user`."""

    after: float
    user: str
    octets: int


def deliveries(seed: int = 7) -> list[Delivery]:
    """The demo's mail for the first two minutes: `Home` rises from 62 % past 100 % of its limit.

    In mails so many and so even that after half a minute, more than two of its days, the forecast has an opinion.
    """
    rng = random.Random(seed)  # noqa: S311 - a story, not a secret
    story = [Delivery(4 + 11 * n + rng.uniform(0, 4), WORK, rng.randrange(4_000, 900_000)) for n in range(12)]
    story += [Delivery(4 + 2 * n + rng.uniform(0, 1), HOME, rng.randrange(290_000, 410_000)) for n in range(58)]
    return sorted(story, key=lambda d: d.after)


class Demo:
    """The embedded servers and the thread that delivers. `speed` above 1 tells the same story faster (tests)."""

    def __init__(self, speed: float = 1.0) -> None:
        self.mailboxes = {WORK: Mailbox(), HOME: Mailbox(capacity=HOME_LIMIT + HOME_LIMIT // 25)}
        passwords = dict.fromkeys(self.mailboxes, PASSWORD)
        self.pop3 = Pop3Server(self.mailboxes, passwords)
        self.smtp = SmtpServer(self.mailboxes, passwords)
        self.refused = 0  # mails that bounced because the mailbox was full
        self._speed = speed
        self._begun = time.time()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._deliver, name="demo deliveries", daemon=True)

    def start(self) -> None:
        for n in range(14):
            self.mailboxes[WORK].add(20_000 + 7_000 * n)
        for n in range(24):
            self.mailboxes[HOME].add(1_152_000 + 12_000 * n)
        self.pop3.start()
        self.smtp.start()
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self.pop3.stop()
        self.smtp.stop()
        self._thread.join(5)

    def now(self) -> float:
        """The demo's time, POSIX seconds: begins now and runs `PACE` times as fast."""
        return self._begun + (time.time() - self._begun) * self.pace

    @property
    def pace(self) -> float:
        return PACE * self._speed

    def settings(self) -> Settings:
        """Two accounts on the embedded servers, checked every few real seconds."""
        interval = int(5 * PACE)
        return Settings(
            General(interval=interval),
            (
                self._account("Work", WORK, None, interval),
                self._account("Home", HOME, HOME_LIMIT, interval),
            ),
        )

    def _account(self, name: str, address: str, limit: int | None, interval: int) -> Account:
        return Account(
            name,
            address,
            Server("127.0.0.1", self.pop3.port, "none", address),
            (Server("127.0.0.1", self.smtp.port, "none", address),),
            mailbox_limit=limit,
            keep_on_server=None,
            interval=interval,
        )

    @staticmethod
    def secret_for(_account: Account, _server: Server | None = None) -> Secret:
        return Secret(PASSWORD)

    def _deliver(self) -> None:
        started = time.monotonic()
        for delivery in deliveries():
            wait = delivery.after / self._speed - (time.monotonic() - started)
            if self._end.wait(max(0.0, wait)):
                return
            if not self.mailboxes[delivery.user].add(delivery.octets):
                self.refused += 1
