"""Buses, displays and programs of a test's own: started on free addresses, ended with the test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.live.needs import need

_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{kind}</type>
  <listen>{listen}</listen>
  <auth>EXTERNAL</auth>
  {services}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


def bus_config(listen: str, *, kind: str = "session", services: str = "") -> str:
    """The settings of a bus at the address `listen` on which everybody may do everything."""
    return _BUS_CONFIG.format(kind=kind, listen=listen, services=services)


def wait_until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Looks again and again until `condition` holds; fails the test naming `what` when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def running(
    command: Sequence[str], env: dict[str, str] | None = None, log: Path | None = None, **more: object
) -> Iterator[subprocess.Popen[bytes]]:
    """`command`, ended (and waited for) at the end."""
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)  # type: ignore[call-overload]
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def private_bus(folder: Path, kind: str = "session", services: Path | None = None) -> Iterator[str]:
    """The address of a bus that nobody else is on; it starts no services but those described in `services`."""
    program = need("dbus-daemon", package="dbus-daemon")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "bus.conf"
    wanted = f"<servicedir>{services}</servicedir>" if services else ""
    config.write_text(bus_config(f"unix:dir={folder}", kind=kind, services=wanted))
    process = subprocess.Popen(
        [program, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
    finally:
        end(process)
        assert process.stdout is not None
        process.stdout.close()


@contextlib.contextmanager
def private_display(size: str = "800x600x24") -> Iterator[str]:
    """The name of an X display of one's own."""
    program = need("Xvfb", package="xvfb")
    read, write = os.pipe()
    process = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        end(process)
