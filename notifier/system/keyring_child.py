"""The child that speaks with the desktop's password store through `keyring`, so that the tray need not.

Request: `{"do": "get" | "put" | "delete" | "rename" | "about", "keys": [...], "secret": ..., "interactive": bool}`.
Answer: `{"state": "ok" | "missing" | "locked" | "none", ...}`: *missing* no such password, *locked* the store waits
for its own password, *none* there is no store.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from notifier.system.child import Facts, serve

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "notifier"
OK, MISSING, LOCKED, NONE = "ok", "missing", "locked", "none"


def answer(request: Facts) -> Facts:
    from keyring import errors

    store = _store()
    if store is None:
        return {"state": NONE}
    try:
        if not request.get("interactive"):
            state = _without_asking(store)
            if state != OK:
                return {"state": state}
        facts: Facts = _DO[request["do"]](store, request)
    except errors.KeyringLocked:
        return {"state": LOCKED}
    except errors.PasswordDeleteError:
        return {"state": MISSING}
    except errors.NoKeyringError:
        return {"state": NONE}
    except Exception as error:  # noqa: BLE001 - every store's library raises errors of its own
        # The name alone: a message might repeat what was to be stored.
        names = {type(error).__name__, type(error.__cause__).__name__}
        refused = {"LockedException", "PromptDismissedException"} & names
        return {"state": LOCKED if refused else NONE, "error": type(error).__name__}
    return facts


def _store() -> KeyringBackend | None:
    """The desktop's store; None where there is none, or where passwords would lie readable in a file."""
    import keyring

    chosen: KeyringBackend = keyring.get_keyring()
    return next((one for one in _parts(chosen) if _is_a_store(one)), None)


def _parts(store: KeyringBackend) -> list[KeyringBackend]:
    """The stores behind the one that `keyring` chose: it chains several where there are several, best first."""
    return list(getattr(store, "backends", None) or [store])


def _is_a_store(backend: KeyringBackend) -> bool:
    kind = type(backend)
    return (
        kind.__module__ not in {"keyring.backends.fail", "keyring.backends.null"} and "Plaintext" not in kind.__name__
    )


def _without_asking(store: KeyringBackend) -> str:
    """Whether the store can be used without a prompt: at login nobody asked us to put one up.

    `keyring` unlocks a Secret Service by prompting, and makes its first collection the same way.
    """
    if not type(store).__module__.endswith((".SecretService", ".libsecret")):
        return OK
    import secretstorage

    with contextlib.closing(secretstorage.dbus_init()) as bus:
        try:
            collection = secretstorage.Collection(bus)
        except secretstorage.ItemNotFoundException:
            return MISSING
        return LOCKED if collection.is_locked() else OK


def _get(store: KeyringBackend, request: Facts) -> Facts:
    """The first of the keys that has a password."""
    for key in request["keys"]:
        secret = store.get_password(SERVICE, key)
        if secret:
            return {"state": OK, "secret": secret, "key": key}
    return {"state": MISSING}


def _put(store: KeyringBackend, request: Facts) -> Facts:
    (key,) = request["keys"]
    if request.get("unless_same") and store.get_password(SERVICE, key) == request["secret"]:
        return {"state": OK}
    store.set_password(SERVICE, key, request["secret"])
    # Some stores take what they cannot give back; better to know now than at the next start.
    return {"state": OK if store.get_password(SERVICE, key) == request["secret"] else NONE}


def _delete(store: KeyringBackend, request: Facts) -> Facts:
    from keyring import errors

    for key in request["keys"]:
        with contextlib.suppress(errors.PasswordDeleteError):
            store.delete_password(SERVICE, key)
    return {"state": OK}


def _rename(store: KeyringBackend, request: Facts) -> Facts:
    """Moves passwords to other keys; the old one goes only once the new one is there."""
    for old, new in request["keys"]:
        secret = store.get_password(SERVICE, old)
        if secret:
            store.set_password(SERVICE, new, secret)
            store.delete_password(SERVICE, old)
    return {"state": OK}


def _about(store: KeyringBackend, _request: Facts) -> Facts:
    return {"state": OK, "name": str(store.name)}


_DO: dict[str, Any] = {"get": _get, "put": _put, "delete": _delete, "rename": _rename, "about": _about}

if __name__ == "__main__":
    sys.exit(serve(answer))
