"""The set-up window on a real display, used as a person uses it: with real servers behind autoconfig on loopback.

From a fresh start, typing a name, an address and a password leads to a saved account, and the next check runs.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from notifier.config import Server, load
from tests.live import certificates
from tests.live.certificates import Certificate
from tests.live.desktop import Desk, desk_in, phrase_on, wait_for
from tests.live.dovecot import Dovecot
from tests.live.name_server import NameServer
from tests.live.needs import artefact, need
from tests.live.postfix import DOMAIN, FOR_POSTFIX, Postfix
from tests.live.web_server import WebServer, page, silent

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("windows")]

ROOT = Path(__file__).resolve().parents[2]
AUTOCONFIG = f"autoconfig.{DOMAIN}/mail/config-v1.1.xml"
NAMES = ("localhost", "127.0.0.1", DOMAIN, f"autoconfig.{DOMAIN}", "autoconfig.thunderbird.net")


def published(pop3: Server, smtp: Server) -> bytes:
    def one(tag: str, kind: str, server: Server) -> str:
        return (
            f'<{tag} type="{kind}"><hostname>{server.host}</hostname><port>{server.port}</port>'
            f"<socketType>{'SSL' if server.security == 'tls' else 'STARTTLS'}</socketType>"
            f"<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></{tag}>"
        )

    servers = one("incomingServer", "pop3", pop3) + one("outgoingServer", "smtp", smtp)
    name = "<displayName>Lab Mail</displayName>"
    return f'<clientConfig version="1.1"><emailProvider id="x">{name}{servers}</emailProvider></clientConfig>'.encode()


class World:
    """Servers, a desktop with an unlocked password store, the running program, and the window in front of it all."""

    def __init__(
        self, desk: Desk, dovecot: Dovecot, web: WebServer, names: NameServer, certificate: Certificate
    ) -> None:
        self.desk, self.dovecot, self.web, self.names = desk, dovecot, web, names
        self.home = desk.folder / "notifier"
        self.home.mkdir(mode=0o700)
        desk.env.update(
            NOTIFIER_HOME=str(self.home), PYTHONPATH=str(ROOT), SSL_CERT_FILE=str(certificate.ca), NOTIFIER_LOOK="light"
        )
        self.window: subprocess.Popen[str] | None = None

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    def start_store(self) -> None:
        program = need("gnome-keyring-daemon", package="gnome-keyring")
        store = self.desk.start(program, "--foreground", "--components=secrets", "--unlock", stdin=subprocess.PIPE)
        assert store.stdin is not None
        store.stdin.write("open sesame")
        store.stdin.close()

    def open(self, account: str | None = None) -> None:
        facts = {"home": str(self.home), "web": self.web.port, "dns": self.names.port, "account": account}
        script = str(ROOT / "tests" / "live" / "setup_program.py")
        self.window = self.desk.start(sys.executable, script, json.dumps(facts), log="window", stdout=subprocess.PIPE)
        self.see("Accounts" if load(self.config).accounts and account is None else "Your name")

    # --- eyes and hands ------------------------------------------------------------------------------------------

    def picture(self) -> Image.Image:
        program = need("import", package="imagemagick")
        png = subprocess.run(
            [program, "-window", "root", "png:-"], env=self.desk.env, capture_output=True, timeout=30, check=True
        ).stdout
        return Image.open(io.BytesIO(png))

    def see(self, phrase: str, patience: float = 40) -> tuple[int, int]:
        """Where the words are on the screen, once they are."""
        try:
            word = wait_for(f"“{phrase}” on the screen", lambda: phrase_on(self.picture(), phrase), patience)
        except AssertionError:
            self.keep(f"not-seen-{phrase.split(maxsplit=1)[0].lower()}")
            raise
        return word.x, word.y

    def keep(self, name: str) -> None:
        self.picture().save(artefact(f"setup-{name}.png"))

    def click(self, phrase: str) -> None:
        x, y = self.see(phrase)
        self.desk.run("xdotool", "mousemove", str(x), str(y), "click", "1")

    def click_right_of(self, phrase: str, by: int, *, below: int = 0) -> None:
        x, y = self.see(phrase)
        self.desk.run("xdotool", "mousemove", str(x + by), str(y + below), "click", "1")

    def click_main(self) -> None:
        """The button that does the window's main thing, right of Cancel: white on blue is hard to read here."""
        self.click_right_of("Cancel", 120)

    def type(self, *fields: str) -> None:
        """Fills one field after the other."""
        for number, text in enumerate(fields):
            if number:
                self.key("Tab")
            self.desk.run("xdotool", "type", "--delay", "8", text)

    def key(self, *keys: str) -> None:
        self.desk.run("xdotool", "key", "--delay", "60", *keys)

    def saved(self) -> list[str]:
        """What the window answered when it was closed."""
        assert self.window is not None
        out, _ = self.window.communicate(timeout=30)
        answer: list[str] = json.loads(out.strip().splitlines()[-1])
        return answer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    certificate = certificates.make(tmp_path / "tls", NAMES)
    with ExitStack() as stack:
        folder = tmp_path / "d"
        dovecot = stack.enter_context(
            Dovecot(folder, certificate=certificate, users={"ann": "geheim"}, extra=FOR_POSTFIX)
        )
        postfix = stack.enter_context(Postfix(dovecot, certificate))
        web = stack.enter_context(WebServer(certificate))
        names = stack.enter_context(NameServer({}))
        web.pages[AUTOCONFIG] = page(published(dovecot.server(), postfix.server("tls")))
        dovecot.deliver(3)
        (tmp_path / "desk").mkdir()
        desk = stack.enter_context(desk_in(tmp_path / "desk"))
        desk.start_bus()
        desk.start_display("1024x768")
        desk.start(need("openbox", package="openbox"))
        made = World(desk, dovecot, web, names, certificate)
        made.start_store()
        yield made


def program_runs(world: World) -> None:
    world.desk.start(sys.executable, "-P", "-m", "notifier", "run", "--no-tray", log="program")
    wait_for("the program", lambda: status(world) is not None)


def status(world: World) -> dict[str, object] | None:
    command = [sys.executable, "-P", "-m", "notifier", "status", "--json"]
    said = subprocess.run(command, env=world.desk.env, capture_output=True, text=True, timeout=30, check=False).stdout
    facts: dict[str, object] = json.loads(said or "{}")
    return facts if facts.get("running", True) and "pid" in facts else None


def counted(world: World, messages: int) -> bool:
    facts = status(world)
    accounts = facts["accounts"] if facts else []
    assert isinstance(accounts, list)
    return [a["messages"] for a in accounts] == [messages]


def account_is_good(world: World) -> None:
    (account,) = load(world.config).accounts
    assert (account.name, account.address, account.full_name) == (f"ann@{DOMAIN}", f"ann@{DOMAIN}", "Ann Lee")
    assert (account.pop3.host, account.pop3.port) == ("localhost", world.dovecot.tls_port)
    assert account.smtp[0].user == "ann"
    written = [p for p in world.desk.folder.rglob("*") if p.is_file() and b"geheim" in p.read_bytes()]
    assert written == [], "the password lies in no file that could be read"


def test_with_the_keyboard_from_an_address_to_the_next_check(world: World) -> None:
    world.desk.env["NOTIFIER_LOOK"] = "dark"
    program_runs(world)
    world.open()
    world.keep("first-dark")
    world.type("Ann Lee", f"ann@{DOMAIN}", "geheim")
    world.key("Return")
    world.see("Found: Lab Mail")
    world.keep("found-dark")
    world.key("ctrl+Return")
    world.see("saved and watched")
    world.keep("saved-dark")
    account_is_good(world)
    wait_for("the first check of the new account", lambda: counted(world, 3))
    world.key("Escape")
    assert world.saved() == [f"ann@{DOMAIN}"]


def test_with_the_mouse_from_an_address_to_a_saved_account(world: World) -> None:
    world.open()
    world.click_right_of("Your name", 200)
    world.type("Ann Lee")
    world.click_right_of("Mail address", 200)
    world.type(f"ann@{DOMAIN}")
    world.click_right_of("Mail address", 200, below=38)
    world.type("geheim")
    world.click_main()
    world.see("Found: Lab Mail")
    world.keep("found")
    world.click_main()
    world.see("saved and watched")
    world.keep("saved")
    account_is_good(world)
    world.click_right_of("Take over", 700)  # Close, white on blue too
    assert world.saved() == [f"ann@{DOMAIN}"]


def test_a_wrong_password_is_shown_and_may_be_saved_all_the_same(world: World) -> None:
    world.open()
    world.type("Ann Lee", f"ann@{DOMAIN}", "wrong")
    world.key("Return")
    world.see("Found: Lab Mail")
    world.key("ctrl+Return")
    world.see("save it anyway")
    world.see("did not accept the user")
    world.keep("wrong-password")
    assert not world.config.exists()
    world.click_main()
    world.see("saved and watched")
    assert len(load(world.config).accounts) == 1


def test_a_search_that_hangs_can_be_stopped_and_nothing_freezes(world: World) -> None:
    world.web.pages[AUTOCONFIG] = silent
    world.web.pages["autoconfig.thunderbird.net/v1.1/lab.example"] = silent
    world.open()
    world.type("Ann Lee", f"ann@{DOMAIN}", "geheim")
    world.key("Return")
    world.see("Stop")
    began = time.monotonic()
    world.keep("searching")
    world.key("Escape")
    world.see("Stopped.")
    assert time.monotonic() - began < 60
    assert not world.config.exists()


def open_list_of_two(world: World) -> None:
    names = ("First", "Second")
    world.config.write_text(
        "".join(f'[[account]]\nname = "{n}"\n[account.pop3]\nhost = "{n}.example"\nuser = "a"\n' for n in names)
    )
    world.open()


def test_accounts_are_muted_put_into_order_and_removed(world: World) -> None:
    open_list_of_two(world)
    world.see("Second")
    world.keep("list")
    world.key("space")
    wait_for("the account to be muted", lambda: load(world.config).accounts[0].muted)
    world.see("muted")
    world.key("alt+Down")
    wait_for("another order", lambda: [a.name for a in load(world.config).accounts] == ["Second", "First"])
    world.key("Delete")
    world.see("with its password")
    world.key("Tab", "Return")
    world.see("was removed")
    assert [a.name for a in load(world.config).accounts] == ["Second"]
    world.key("Return")
    world.see("Servers")
    world.key("Escape", "Escape")
    assert world.saved() == []


def test_a_store_that_asks_first_holds_up_no_window(world: World) -> None:
    """Closed meanwhile, it goes out of sight, and the password goes all the same."""
    notes = world.desk.folder / "deleted"
    world.desk.env.update(PYTHON_KEYRING_BACKEND="tests.live.slow_keyring.Slow", SLOW_KEYRING_NOTES=str(notes))
    open_list_of_two(world)
    world.key("Delete")
    world.see("with its password")
    world.key("Tab", "Return")
    world.see("Removing")
    world.see("was removed")
    world.key("Delete")
    world.see("with its password")
    world.key("Tab", "Return")
    world.see("Removing")
    world.key("Escape")
    assert world.saved() == []
    assert notes.read_text().split() == ["notifier", "First/pop3", "notifier", "Second/pop3"]


def test_the_very_first_start_opens_it_and_watches_what_is_saved(world: World) -> None:
    program = world.desk.start(sys.executable, "-P", "-m", "notifier", log="program")
    world.see("Your name")
    world.keep("first-start")
    wait_for("the program", lambda: status(world) is not None)
    world.config.write_text(
        '[[account]]\nname = "Work"\n[account.pop3]\nhost = "localhost"\n'
        f'port = {world.dovecot.tls_port}\nuser = "ann"\npassword_command = "echo geheim"\n'
    )
    world.key("Escape", "Escape")  # the form, then the list of what is there now
    wait_for("the first check", lambda: counted(world, 3))
    world.desk.end(program)


def test_a_first_start_without_a_screen_says_what_to_do(tmp_path: Path) -> None:
    with desk_in(tmp_path) as desk:
        desk.env.pop("DISPLAY", None)
        desk.env.update(NOTIFIER_HOME=str(tmp_path / "home"), PYTHONPATH=str(ROOT))
        program = desk.start(sys.executable, "-P", "-m", "notifier", "run", "--no-tray", stdout=subprocess.PIPE)
        assert program.stdout is not None
        assert program.stdout.readline().startswith("There is no account yet. “notifier setup” adds one")
