"""The quick-send window on a real X server with a real window manager, from the first key to the mail over POP3."""

from __future__ import annotations

import email
import email.policy
import io
import json
import os
import poplib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from notifier.config import Server
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.states import State
from tests.live import certificates
from tests.live.certificates import Certificate
from tests.live.desktop import ROOT, Desk, desk_in, phrase_on, wait_for
from tests.live.dovecot import Dovecot
from tests.live.hostile_smtp import Hostile
from tests.live.needs import artefact, missing, need
from tests.live.postfix import DOMAIN, FOR_POSTFIX, Postfix

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    pytest.importorskip("tkinter")
    for program, package in (("xdotool", "xdotool"), ("import", "imagemagick"), ("xclip", "xclip")):
        need(program, package=package)
    with desk_in(tmp_path_factory.mktemp("desk")) as desk:
        desk.start_display("1100x900")
        manager = [desk.start(need("openbox", package="openbox"))]

        def managed() -> bool:
            if manager[-1].poll() is not None:  # the display starts over when its last client leaves, as xsetroot does
                manager.append(desk.start("openbox"))
            found = desk.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK", package="x11-utils")
            return "window id" in found and manager[-1].poll() is None

        wait_for("a window manager", managed)
        yield desk


class Window:
    """The compose window, and a person at its keyboard."""

    def __init__(self, desk: Desk, home: Path, **request: object) -> None:
        self.desk = desk
        self.home = home
        self.process = desk.start(
            sys.executable, "-P", "-m", "notifier.windows.compose", log="compose",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"home": str(home), **request}))
        self.process.stdin.close()
        self.id = wait_for("the window", self._find).splitlines()[0]
        wait_for("the focus", lambda: self._ask("getactivewindow") == self.id)

    def _ask(self, *command: str) -> str:
        done = subprocess.run(
            ["xdotool", *command], env=self.desk.env, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout.strip()

    def _find(self) -> str:
        assert self.process.poll() is None, (self.desk.folder / "compose.log").read_text()
        return self._ask("search", "--onlyvisible", "--pid", str(self.process.pid), "--class", "Notifier")

    def key(self, *keys: str) -> None:
        self._ask("key", "--clearmodifiers", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        self._ask("type", "--clearmodifiers", "--delay", "12", "--", text)

    def picture(self, name: str) -> None:
        time.sleep(0.3)  # what was asked for last is drawn
        self.desk.run("import", "-window", "root", str(artefact(f"compose-{name}.png")), package="imagemagick")

    def outbox(self) -> Outbox:
        return Outbox(self.home / "outbox.db", now=time.time())

    def draft(self) -> Draft | None:
        with self.outbox() as box:
            drafts = box.mails(State.DRAFT)
            return drafts[-1].draft if drafts else None

    def answer(self, patience: float = 30) -> dict[str, object]:
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.picture("stuck")
            raise
        assert self.process.stdout is not None
        answer: dict[str, object] = json.loads(self.process.stdout.read().splitlines()[-1])
        return answer


@pytest.fixture
def open_window(screen: Desk, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    windows: list[Window] = []

    def opened(server: Server | None, *, look: str = "light", home: Path = tmp_path, **request: object) -> Window:
        screen.env["NOTIFIER_LOOK"] = look
        screen.env["PYTHONPATH"] = str(ROOT)
        if server is not None:
            (home / "config.toml").write_text(settings(server))
        windows.append(Window(screen, home, **request))
        return windows[-1]

    yield opened
    for window in windows:
        if window.process.poll() is None:
            screen.end(window.process, signal.SIGKILL)


def settings(server: Server) -> str:
    return f"""
[[account]]
name = "Work"
address = "ann@{DOMAIN}"
full_name = "Ann Example"
[account.pop3]
host = "localhost"
port = 995
user = "ann"
password_command = "echo secret"
[account.smtp]
host = "{server.host}"
port = {server.port}
security = "{server.security}"
user = "{server.user}"
password_command = "echo secret"
ca_file = "{server.ca_file}"
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Dovecot]:
    folder = tmp_path_factory.mktemp("servers")
    users = {"ann": "secret", "bob": "secret"}
    with Dovecot(folder, users=users, certificate=certificate, extra=FOR_POSTFIX) as running:
        yield running


@pytest.fixture(scope="module")
def postfix(dovecot: Dovecot, certificate: Certificate) -> Iterator[Postfix]:
    with Postfix(dovecot, certificate) as running:
        yield running


def over_pop3(dovecot: Dovecot, subject: str) -> email.message.EmailMessage | None:
    pop = poplib.POP3("127.0.0.1", dovecot.port, timeout=20)
    try:
        pop.user("bob")
        pop.pass_("secret")
        for number in range(pop.stat()[0], 0, -1):
            wire = b"\r\n".join(pop.retr(number)[1])
            message = email.message_from_bytes(wire, policy=email.policy.default)
            if message["Subject"] == subject:
                assert isinstance(message, email.message.EmailMessage)
                return message
    finally:
        pop.quit()
    return None


def test_from_the_first_key_to_the_mail_read_over_pop3(
    open_window: Callable[..., Window], postfix: Postfix, dovecot: Dovecot, tmp_path: Path, screen: Desk
) -> None:
    content = bytes(range(256)) * 40_960  # 10 MB
    plan = tmp_path / "Plan für März.bin"
    plan.write_bytes(content)
    window = open_window(postfix.server())
    window.type(f"bob@{DOMAIN}")
    window.key("Tab")
    window.type("A quick note")
    window.key("Tab")
    window.type("Hello Bob,\n\nsee the plan.\n.\nAnn\n")
    copy = subprocess.run(
        ["xclip", "-selection", "clipboard", "-t", "text/uri-list"], input=plan.as_uri() + "\r\n", text=True,
        env=screen.env, timeout=10, check=True,
    )  # fmt: skip
    assert copy.returncode == 0
    window.key("ctrl+v")
    window.picture("written-light")
    window.key("ctrl+Return")
    time.sleep(1)
    window.picture("countdown-light")
    assert window.answer(60)["result"] == "sent"
    message = wait_for("the mail over POP3", lambda: over_pop3(dovecot, "A quick note"))
    assert message is not None
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Hello Bob,\n\nsee the plan.\n.\nAnn\n"  # type: ignore[attr-defined]
    (part,) = message.iter_attachments()
    assert part.get_filename() == plan.name
    assert part.get_payload(decode=True) == content
    assert message["From"] == f"Ann Example <ann@{DOMAIN}>"


def test_a_kill_loses_nothing_typed_a_few_seconds_before(open_window: Callable[..., Window]) -> None:
    with Hostile() as peer:
        window = open_window(Server("127.0.0.1", peer.port, "none", "ann"))
        window.type("bob@example.org")
        window.key("Tab")
        window.type("Kept")
        window.key("Tab")
        window.type("every word")
        wait_for("the draft", lambda: (draft := window.draft()) is not None and draft.text == "every word", 10)
        os.killpg(window.process.pid, signal.SIGKILL)
        window.process.wait(10)
        again = open_window(None, mail=1)
        again.picture("draft-again")
        again.key("Escape")
        assert again.answer()["result"] == "closed"
        assert window.draft() == Draft("Work", "bob@example.org", subject="Kept", text="every word")
    assert peer.sessions == 0


def test_closing_asks_and_undo_takes_back(open_window: Callable[..., Window]) -> None:
    with Hostile() as peer:
        window = open_window(Server("127.0.0.1", peer.port, "none", "ann"), look="dark")
        window.type("bob@example.org")
        window.key("Tab", "Tab")
        window.type("text")
        window.key("Escape")
        wait_for("the question", lambda: window._ask("search", "--onlyvisible", "--name", "^Close$"))
        window.picture("question-dark")
        window.key("Escape")
        wait_for("the window again", lambda: window._ask("getactivewindow") == window.id)
        window.key("ctrl+Return")
        wait_for("the mail to wait", lambda: _states(window) == [State.WAITING])
        window.picture("countdown-dark")
        window.key("space")  # the focus is on Undo
        wait_for("the draft again", lambda: _states(window) == [State.DRAFT])
        window.key("Escape")
        wait_for("the question", lambda: window._ask("search", "--onlyvisible", "--name", "^Close$"))
        window.key("Return")  # keep as draft
        assert window.answer()["result"] == "draft"
    assert peer.sessions == 0


def _states(window: Window) -> list[State]:
    with window.outbox() as box:
        return [mail.state for mail in box.mails()]


def test_a_window_closed_while_the_mail_is_on_its_way_still_sends_it(open_window: Callable[..., Window]) -> None:
    with Hostile() as peer:
        window = open_window(Server("127.0.0.1", peer.port, "none", "ann"))
        window.type("bob@example.org")
        window.key("ctrl+Return")
        wait_for("the mail to wait", lambda: _states(window) == [State.WAITING])
        window.key("Escape")
        wait_for("the window to go", lambda: not window._ask("search", "--onlyvisible", "--class", "Notifier"))
        assert window.answer()["result"] == "sent"
        assert len(peer.said_yes) == 1


def test_a_refusal_is_explained_and_can_be_mended(open_window: Callable[..., Window]) -> None:
    refuse = {"bob@elsewhere.example": "554 5.7.1 <bob@elsewhere.example>: Relay access denied"}
    with Hostile(refuse=refuse) as peer:
        window = open_window(Server("127.0.0.1", peer.port, "none", "ann"), look="dark")
        window.type("bob@elsewhere.example")
        window.key("Tab")
        window.type("Relay")
        window.key("ctrl+Return")
        wait_for("the refusal", lambda: _states(window) == [State.REFUSED])
        time.sleep(0.5)
        window.picture("relay-refused-dark")
        window.key("space")  # the focus is on Edit
        wait_for("the draft", lambda: _states(window) == [State.DRAFT])
        refuse.clear()
        window.key("ctrl+Return")
        assert window.answer()["result"] == "sent"


def test_a_window_closed_after_a_refusal_ends(open_window: Callable[..., Window]) -> None:
    with Hostile(refuse={"bob@elsewhere.example": "554 5.7.1 Relay access denied"}) as peer:
        window = open_window(Server("127.0.0.1", peer.port, "none", "ann"))
        window.type("bob@elsewhere.example")
        window.key("ctrl+Return")
        wait_for("the refusal", lambda: _states(window) == [State.REFUSED])
        time.sleep(0.5)
        window.key("Escape")
        assert window.answer()["result"] == "refused"
        assert _states(window) == [State.REFUSED]


def test_a_mailto_link_fills_the_window_and_shows_a_hidden_copy(open_window: Callable[..., Window]) -> None:
    link = "mailto:a@example.org?bcc=spy@example.org&subject=Hi&body=One%0D%0ATwo&attach=/etc/passwd"
    window = open_window(Server("127.0.0.1", 9, "none", "ann"), mailto=link)
    window.picture("mailto-light")
    window.type("x")
    wait_for("the draft", window.draft, 10)
    draft = window.draft()
    assert draft is not None
    assert (draft.to, draft.bcc, draft.subject, draft.text) == ("a@example.org", "spy@example.org", "Hi", "xOne\nTwo")
    assert draft.attachments == ()


def test_people_written_to_before_are_completed(open_window: Callable[..., Window], tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from notifier.outgoing.addresses import check

    with Outbox(tmp_path / "outbox.db", now=time.time()) as box:
        draft = Draft("Work", "Bob Builder <bob@example.org>, bonnie@example.org")
        box.delete(box.submit(draft, check("a@example.org"), now=time.time(), date=datetime.now(UTC)), now=time.time())
    window = open_window(Server("127.0.0.1", 9, "none", "ann"))
    window.type("bo")
    window.picture("completion-light")
    window.key("Return")
    window.type("carol@example.org")
    wait_for("the draft", lambda: (d := window.draft()) is not None and d.to.endswith("carol@example.org"), 10)
    found = window.draft()
    assert found is not None
    assert found.to == "Bob Builder <bob@example.org>, carol@example.org"


def test_files_are_dragged_in_from_a_file_manager(
    open_window: Callable[..., Window], screen: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "my files"
    folder.mkdir()
    names = ["Größe {2}.txt", "one file.txt"]
    for name in names:
        (folder / name).write_text(name)
    window = open_window(Server("127.0.0.1", 9, "none", "ann"))
    manager = screen.start(need("pcmanfm", package="pcmanfm"), "--new-win", str(folder), log="pcmanfm")
    try:
        files = wait_for("the file manager", lambda: window._ask("search", "--onlyvisible", "--name", "^my files$"))
        window._ask("windowsize", files, "420", "400", "windowmove", files, "0", "0")
        window._ask("windowmove", window.id, "430", "150", "windowactivate", files)
        x, y = wait_for("a file in it", lambda: _name_on(screen, "file.txt"))
        window._ask("mousemove", str(x + 30), str(y - 120), "click", "1", "key", "ctrl+a")
        window.picture("dragging-light")
        window._ask("mousemove", str(x), str(y - 40), "mousedown", "1")
        for step in range(1, 21):  # as a hand does it: the file manager asks each window on the way
            window._ask("mousemove", str(x + (760 - x) * step // 20), str(y - 40 + (500 - y) * step // 20))
        time.sleep(0.3)
        window._ask("mouseup", "1")
        wait_for("the files in the draft", lambda: (draft := window.draft()) and len(draft.attachments) == 2, 15)
    finally:
        window.picture("dropped-light")
        screen.end(manager)
    draft = window.draft()
    assert draft is not None
    assert sorted(Path(attached).name for attached in draft.attachments) == names


def _name_on(screen: Desk, phrase: str) -> tuple[int, int] | None:
    """Where a file's name stands in the screen's left half."""
    png = subprocess.run(
        ["import", "-window", "root", "png:-"], env=screen.env, capture_output=True, timeout=30, check=True
    ).stdout
    word = phrase_on(Image.open(io.BytesIO(png)).crop((0, 0, 420, 420)), phrase)
    return (word.x, word.y) if word else None


def test_at_twice_the_scale(open_window: Callable[..., Window], screen: Desk) -> None:
    if shutil.which("xrdb") is None:
        missing("xrdb is not installed (Debian package x11-xserver-utils)")
    set_scale = ["xrdb", "-nocpp", "-merge"]
    subprocess.run(set_scale, input="Xft.dpi: 168\n", text=True, env=screen.env, timeout=10, check=True)
    try:
        window = open_window(Server("127.0.0.1", 9, "none", "ann"), mailto="mailto:?subject=Large")
        window.picture("scaled-light")
        width = int(window._ask("getwindowgeometry", "--shell", window.id).split("WIDTH=")[1].split()[0])
        assert width > 1000
    finally:
        subprocess.run(set_scale, input="Xft.dpi: 96\n", text=True, env=screen.env, timeout=10, check=True)
