"""The macOS tray with the platform's calls recorded: what is called, and that only the main thread's loop calls it."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from notifier.tray import Action, CheckNow, Face, Item, State, View


class Platform:
    """Stands for AppKit: a main loop that runs jobs, and a record of what the status item was told."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []
        self.called_by: list[threading.Thread] = []
        self.button = MagicMock()
        self.button.setImage_.side_effect = self.button.setToolTip_.side_effect = lambda _: self.called_by.append(
            threading.current_thread()
        )
        self.images: list[Any] = []
        self.stopped = threading.Event()
        self.wake = threading.Event()

    def call_after(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)
        self.wake.set()

    def loop(self) -> None:
        while not self.stopped.is_set():
            assert self.wake.wait(10), "nobody stopped the loop"
            self.wake.clear()
            while self.jobs:
                self.jobs.pop(0)()


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    platform = Platform()
    appkit, foundation, objc = MagicMock(), MagicMock(), MagicMock()
    objc.namedSelector = lambda _name: lambda method: method
    foundation.NSObject = type("NSObject", (), {"alloc": classmethod(lambda cls: cls()), "init": lambda self: self})
    application = appkit.NSApplication.sharedApplication()
    application.run.side_effect = platform.loop
    application.stop_.side_effect = lambda _: platform.stopped.set()
    status = appkit.NSStatusBar.systemStatusBar().statusItemWithLength_()
    status.button.return_value = platform.button
    appkit.NSImage.alloc().initWithSize_.side_effect = lambda _: (
        platform.images.append(MagicMock()) or platform.images[-1]
    )
    platform.status = status  # type: ignore[attr-defined]
    helpers = ModuleType("PyObjCTools")
    helpers.AppHelper = MagicMock(callAfter=platform.call_after)  # type: ignore[attr-defined]
    helpers.MachSignals = MagicMock()  # type: ignore[attr-defined]
    for name, module in {
        "AppKit": appkit,
        "Foundation": foundation,
        "objc": objc,
        "PyObjCTools": helpers,
        "PyObjCTools.MachSignals": helpers.MachSignals,
        "PyObjCTools.AppHelper": helpers.AppHelper,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    yield platform
    for name in ("pystray._darwin", "notifier.tray.macos"):
        sys.modules.pop(name, None)


def test_everything_happens_in_the_main_loop(platform: Platform) -> None:
    macos = importlib.import_module("notifier.tray.macos")
    chosen: list[Action] = []
    tray = macos.MacTray(chosen.append)
    tray.show(View(Face(State.QUIET), "Notifier"))

    def ready() -> None:
        tray.show(View(Face(State.NEW, 2), "Notifier: 2", (Item("Check", CheckNow()),)))
        tray.show(View(Face(State.NEW, 3), "Notifier: 3", (Item("Check", CheckNow()),)))
        tray.stop()

    tray.run(ready)
    assert set(platform.called_by) == {threading.main_thread()}
    platform.button.setHidden_.assert_called_with(False)
    platform.button.setToolTip_.assert_called_with("Notifier: 3")
    assert platform.images
    for image in platform.images:
        image.setTemplate_.assert_called_once_with(True)
        assert image.addRepresentation_.call_count == 2
    menu = platform.status.setMenu_.call_args.args[0]  # type: ignore[attr-defined]
    assert menu.addItem_.call_count >= 1


def test_draws_only_what_differs(platform: Platform) -> None:
    macos = importlib.import_module("notifier.tray.macos")
    tray = macos.MacTray(lambda _action: None)
    view = View(Face(State.NEW, 2), "Notifier: 2", (Item("Check", CheckNow()),))
    tray.show(view)
    tray.stop()  # harmless before the run

    def ready() -> None:
        for _ in range(3):
            tray.show(View(Face(State.NEW, 2), "Notifier: 2", (Item("Check", CheckNow()),)))
        tray.stop()

    tray.run(ready)
    assert len(platform.images) == 1
    assert platform.button.setToolTip_.call_count <= 2  # pystray tells it again when the icon becomes visible


def test_a_line_of_the_menu_does_what_it_says(platform: Platform) -> None:
    macos = importlib.import_module("notifier.tray.macos")
    chosen: list[Action] = []
    tray = macos.MacTray(chosen.append)
    tray.show(View(menu=(Item("Only said", enabled=False), Item(separator=True), Item("Check", CheckNow("Work")))))

    def ready() -> None:
        _menu, callbacks = tray._icon._menu_handle  # pystray's: one for each line, by the line's tag
        platform.call_after(lambda: callbacks[-1](tray._icon))
        tray.stop()

    tray.run(ready)
    assert chosen == [CheckNow("Work")]


def test_refuses_another_thread(platform: Platform) -> None:
    macos = importlib.import_module("notifier.tray.macos")
    tray = macos.MacTray(lambda _: None)
    errors: list[str] = []

    def run() -> None:
        try:
            tray.run(lambda: None)
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert errors == ["on macOS the tray runs in the main thread"]
    assert not platform.stopped.is_set()
