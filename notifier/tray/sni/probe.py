"""Asks the session bus whether a panel shows StatusNotifierItems: the only honest answer to "is the icon visible"."""

from __future__ import annotations

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnection, prep_socket

from notifier.tray.library import Unavailable
from notifier.tray.sni.bus import AUTHENTICATION, PROPERTIES, BusGone, address
from notifier.words import _

WATCHER = DBusAddress("/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher", PROPERTIES)
PATIENCE = 3.0  # seconds for a watcher that is there but busy, as at login


def host_is_there() -> bool:
    """Whether a panel is there now. Raises Unavailable when there is no bus on which one could appear."""
    remedy = _("Start the program from the desktop session, or set DBUS_SESSION_BUS_ADDRESS.")
    try:
        place = get_bus(address())
    except (BusGone, RuntimeError, ValueError) as error:
        raise Unavailable(_("There is no session bus."), remedy) from error
    try:
        with DBusConnection(prep_socket(place, timeout=AUTHENTICATION)) as connection:
            question = new_method_call(WATCHER, "Get", "ss", (WATCHER.bus_name, "IsStatusNotifierHostRegistered"))
            reply = connection.send_and_get_reply(question, timeout=PATIENCE)
    except TimeoutError:
        return False
    except Exception as error:
        raise Unavailable(_("The session bus does not answer: {error}").format(error=error), remedy) from error
    return reply.header.message_type is MessageType.method_return and bool(reply.body[0][1])
