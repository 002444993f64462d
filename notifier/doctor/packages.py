"""Which package brings a missing part, in the words of the distribution that is used here."""

from __future__ import annotations

from pathlib import Path

from notifier.words import _

_INSTALL = {
    "debian": "sudo apt install {package}",
    "fedora": "sudo dnf install {package}",
    "arch": "sudo pacman -S {package}",
    "suse": "sudo zypper install {package}",
}
# What the families call themselves in ID or ID_LIKE of os-release(5).
_FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "fedora": "fedora",
    "rhel": "fedora",
    "arch": "arch",
    "suse": "suse",
    "opensuse": "suse",
}
_PACKAGES = {
    "notifications": {"": "dunst"},
    "gnome-tray": {"": "gnome-shell-extension-appindicator"},
    "passwords": {"": "gnome-keyring"},
    "windows": {"debian": "python3-tk", "fedora": "python3-tkinter", "arch": "tk", "suse": "python3-tk"},
    "sound": {
        "debian": "gnome-session-canberra sound-theme-freedesktop",
        "fedora": "libcanberra-gtk3 sound-theme-freedesktop",
        "arch": "libcanberra sound-theme-freedesktop",
        "suse": "canberra-gtk-play sound-theme-freedesktop",
    },
}


def family(text: str) -> str:
    """The family of a distribution from its os-release(5): `debian`, `fedora`, `arch`, `suse`, or empty."""
    keys = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    names = f"{keys.get('ID', '')} {keys.get('ID_LIKE', '')}".replace('"', " ").replace("'", " ").split()
    for name in names:
        known = _FAMILIES.get(name) or _FAMILIES.get(name.split("-")[0])
        if known:
            return known
    return ""


def install(part: str) -> str:
    """A sentence that names the package for `part` with the command that installs it; empty where none is known."""
    here = family(_os_release())
    package = _PACKAGES[part].get(here) or _PACKAGES[part].get("", "")
    if not package:
        return ""
    if not here:
        return _("Install the package {package}.").format(package=package)
    return _("On this system: {command}").format(command=_INSTALL[here].format(package=package))


def _os_release() -> str:
    for place in ("/etc/os-release", "/usr/lib/os-release"):
        if Path(place).is_file():
            return Path(place).read_text("utf-8", "replace")
    return ""
