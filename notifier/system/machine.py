"""What happens to the computer itself: it goes to sleep, wakes up, loses the network, gets it back.

Told by logind (`PrepareForSleep`) and by NetworkManager or systemd-networkd on the system bus. Where there is no such
bus or service nothing is told and `online` is None: nobody knows. Between signals nothing wakes up.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jeepney import DBusAddress

from notifier.system.bus import Bus, BusGoneError, CallFailedError, Rule, Signal

log = logging.getLogger(__name__)

LOGIND = Rule("org.freedesktop.login1.Manager", "PrepareForSleep", "org.freedesktop.login1", "/org/freedesktop/login1")

NM = DBusAddress("/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "org.freedesktop.NetworkManager")
NETWORKD = DBusAddress("/org/freedesktop/network1", "org.freedesktop.network1", "org.freedesktop.network1.Manager")

# NMState: 10 asleep, 20 disconnected, 30 disconnecting, 40 connecting, 50 local only, 60 site, 70 global.
_NM_ONLINE = {10: False, 20: False, 30: False, 40: False, 60: True, 70: True}
_NETWORKD_ONLINE = {"online": True, "partial": True, "offline": False}


def _nothing(*_arguments: object) -> None:
    """For what the caller does not want to be told."""


class Machine:
    """Tells what happens. The callbacks run on a thread of the bus: they hand the news on and return at once.

    `on_network` is called with the new state of `online` whenever it changes, the first finding included.
    """

    def __init__(
        self,
        *,
        on_suspend: Callable[[], None] = _nothing,
        on_resume: Callable[[], None] = _nothing,
        on_network: Callable[[bool | None], None] = _nothing,
        on_logind: Callable[[bool], None] = _nothing,
    ) -> None:
        """`on_logind` hears when somebody who tells of suspend comes or goes (`tells_of_resume`) after the start."""
        self._on_suspend = on_suspend
        self._on_resume = on_resume
        self._on_network = on_network
        self._on_logind = on_logind
        self._told: dict[str, bool | None] = {}
        self._online: bool | None = None
        self._lock = threading.Lock()
        self._bus: Bus | None = None
        self._logind = ""
        try:
            self._bus = Bus("system", on_lost=self._lost)
            self._listen(self._bus)
        except (BusGoneError, CallFailedError) as error:
            log.info("suspend and network are not told of here: %s", error)

    @property
    def online(self) -> bool | None:
        """Whether there is a network; None: unknown. Servers on this very computer need none."""
        return self._online

    @property
    def tells_of_resume(self) -> bool:
        """Whether `on_resume` will be called; where not, only the clocks can tell."""
        return bool(self._logind)

    def stop(self) -> None:
        """Ends the connection; no callback comes after it. May be called twice."""
        if self._bus is not None:
            self._bus.close()

    def _listen(self, bus: Bus) -> None:
        bus.listen(LOGIND, self._sleeps_or_wakes)
        bus.listen_for_owner(LOGIND.sender, self._logind_is)
        self._logind = bus.owner(LOGIND.sender)
        changed = Rule(NM.interface, "StateChanged", NM.bus_name, NM.object_path)
        bus.listen(changed, lambda signal: self._hear(NM, signal.body[0]))
        properties = "org.freedesktop.DBus.Properties"
        changed = Rule(properties, "PropertiesChanged", NETWORKD.bus_name, NETWORKD.object_path, NETWORKD.interface)
        bus.listen(changed, self._networkd_changed)
        for service, name in ((NM, "State"), (NETWORKD, "OnlineState")):
            self._follow(bus, service, name)

    def _follow(self, bus: Bus, service: DBusAddress, name: str) -> None:
        """Asks now, and again whenever the service comes or goes."""

        def ask() -> None:
            bus.look_up(service, name, lambda value: self._hear(service, value))

        bus.listen_for_owner(service.bus_name, lambda owner: ask() if owner else self._hear(service, None))
        ask()

    def _lost(self) -> None:
        self._logind_is("")
        self._hear(NM, None, NETWORKD)

    def _logind_is(self, owner: str) -> None:
        self._logind = owner
        self._on_logind(bool(owner))

    def _sleeps_or_wakes(self, signal: Signal) -> None:
        if signal.body[:1] == (True,):
            self._on_suspend()
        elif signal.body[:1] == (False,):
            self._on_resume()

    def _networkd_changed(self, signal: Signal) -> None:
        changed = signal.body[1] if len(signal.body) > 1 else {}
        if "OnlineState" in changed:
            self._hear(NETWORKD, changed["OnlineState"][1])

    def _hear(self, service: DBusAddress, value: Any, *others: DBusAddress) -> None:
        """Takes in what `service` (and, for None, each of `others`) says now."""
        known: dict[Any, bool] = {**(_NM_ONLINE if service is NM else _NETWORKD_ONLINE)}
        with self._lock:
            self._told.update({one.bus_name: None for one in others})
            self._told[service.bus_name] = known.get(value) if isinstance(value, int | str) else None
            online = agreed(self._told.get(NM.bus_name), self._told.get(NETWORKD.bus_name), has_route)
            if online == self._online:
                return
            self._online = online
        self._on_network(online)


def agreed(nm: bool | None, networkd: bool | None, routed: Callable[[], bool]) -> bool | None:
    """What follows from what the services say. One that does not manage the connection in use may say "offline"."""
    if nm or networkd:
        return True
    if nm is None and networkd is None:
        return None
    return None if routed() else False


def has_route(folder: Path = Path("/proc/net")) -> bool:
    """Whether the computer has a way to the world outside: a default route (Linux), over IPv4 or IPv6."""
    for line in _lines(folder / "route")[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[1] == fields[7] == "00000000" and fields[0] != "lo":
            return True
    for line in _lines(folder / "ipv6_route"):
        fields = line.split()
        unreachable = len(fields) > 8 and int(fields[8], 16) & 0x0200  # RTF_REJECT
        if len(fields) > 9 and fields[0] == "0" * 32 and fields[1] == "00" and fields[9] != "lo" and not unreachable:
            return True
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
