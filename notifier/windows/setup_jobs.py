"""What an account's form lets be done beside the window: find servers, sign in, test, save. Each can be stopped."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Mapping

from notifier.config import Account, Server
from notifier.places import Places
from notifier.pop3 import Session
from notifier.setup import discovery, proving, saving, signing_in
from notifier.setup.discovery import Found, Means, Progress
from notifier.setup.grants import Client, Token
from notifier.setup.https import Ending
from notifier.setup.offers import SignIn
from notifier.setup.saving import Entered
from notifier.windows.setup_work import Job, Post


def find(address: str, means: Means | None, tell: Callable[[Progress], None]) -> Job[Found]:
    def job(post: Post, ending: Ending) -> Found:
        return discovery.discover(
            address, means=means, tell=lambda progress: post(lambda: tell(progress)), ending=ending
        )

    return job


def sign_in(
    at: SignIn, client: Client, user: str, how: str, show: Callable[[signing_in.DeviceCode], None]
) -> Job[Token]:
    """Signs in with the web browser, or (`how` "device") with a code on any device, which `show` is given."""

    def job(post: Post, ending: Ending) -> Token:
        if how == "device":
            return signing_in.with_code(at, client, show=lambda code: post(lambda: show(code)), ending=ending)
        return signing_in.in_browser(at, client, user, show=webbrowser.open, ending=ending)

    return job


def test(account: Account, entered: Mapping[Server, Entered], tell: Callable[[proving.Line], None]) -> Job[bool]:
    """Logs in to both servers; whether all went well."""

    def job(post: Post, ending: Ending) -> bool:
        return proving.prove(
            account,
            lambda server: saving.secret_of(account, server, entered),
            lambda line: post(lambda: tell(line)),
            _Closing(ending),
        )

    return job


def save(where: Places, account: Account, old: Account | None, entered: Mapping[Server, Entered]) -> Job[str]:
    """The name of the account that was saved."""

    def job(_post: Post, _ending: Ending) -> str:
        saving.save(where, account, old, entered)
        return account.name

    return job


class _Closing(list[Session]):
    """Sessions that are closed when the work is given up; a mailbox must not stay locked for a test."""

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self._ending = ending

    def append(self, session: Session) -> None:
        super().append(session)
        self._ending.then(session.close)
