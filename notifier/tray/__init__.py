"""Showing it: the icon's picture, the menu as data, the tray backends behind one small interface."""

from notifier.tray.actions import (
    Action,
    CheckNow,
    Click,
    Compose,
    History,
    MarkSeen,
    Mute,
    OpenMail,
    Outbox,
    Pause,
    PauseKind,
    Quit,
    Resume,
    Setup,
    StartAtLogin,
)
from notifier.tray.choice import Choice, available, choose
from notifier.tray.face import Face, State, face_of
from notifier.tray.interface import Balloons, Capability, Presence, Probe, Tray, View
from notifier.tray.menu import Item, Options, menu
from notifier.tray.wording import tooltip

__all__ = [
    "Action",
    "Balloons",
    "Capability",
    "CheckNow",
    "Choice",
    "Click",
    "Compose",
    "Face",
    "History",
    "Item",
    "MarkSeen",
    "Mute",
    "OpenMail",
    "Options",
    "Outbox",
    "Pause",
    "PauseKind",
    "Presence",
    "Probe",
    "Quit",
    "Resume",
    "Setup",
    "StartAtLogin",
    "State",
    "Tray",
    "View",
    "available",
    "choose",
    "face_of",
    "menu",
    "tooltip",
]
