"""The child that turns a kept sign-in into an access token: the password store and OAuth2 in one short process.

Request: `{"do": "token", "keys": [...], "seconds": number, "interactive": bool}`.
Answer: `{"state": "ok", "token", "good_for"}`, or the store's state when there is nothing, or
`{"state": "failed", "reason", "host", "said"}`.
"""

from __future__ import annotations

import sys

from notifier.errors import Reason, Trouble
from notifier.servers.secret import Secret
from notifier.setup.grants import Grant, Token, renew
from notifier.setup.https import Way
from notifier.system import keyring_child
from notifier.system.child import Facts, serve


def answer(request: Facts, way: Way | None = None) -> Facts:
    found = _kept(request)
    if found["state"] != keyring_child.OK:
        return found
    try:
        return _ok(found["key"], _renewed(request, found, way))
    except Trouble as trouble:
        return {"state": "failed", "reason": str(trouble.reason), "host": trouble.host, "said": trouble.said}


def _kept(request: Facts) -> Facts:
    asked = {"do": "get", "keys": request["keys"], "interactive": request.get("interactive", False)}
    return keyring_child.answer(asked)


def _renewed(request: Facts, found: Facts, way: Way | None) -> Token:
    """Raises Trouble. Where refresh tokens change at each use, another process may have changed ours: looks again."""
    try:
        return renew(_grant(found), way=way, seconds=request["seconds"])
    except Trouble as trouble:
        again = _kept(request) if trouble.reason is Reason.SIGN_IN_NEEDED else found
        if again.get("secret") == found["secret"] or again["state"] != keyring_child.OK:
            raise
        return renew(_grant(again), way=way, seconds=request["seconds"])


def _grant(found: Facts) -> Grant:
    grant = Grant.from_secret(Secret(found["secret"]))
    if grant is None:  # a password from before the account wanted a sign-in
        raise Trouble(Reason.SIGN_IN_NEEDED)
    return grant


def _ok(key: str, token: Token) -> Facts:
    kept = token.grant.to_secret().reveal()
    keyring_child.answer({"do": "put", "keys": [key], "secret": kept, "unless_same": True})
    return {"state": "ok", "token": token.access.reveal(), "good_for": token.good_for}


if __name__ == "__main__":
    sys.exit(serve(answer))
