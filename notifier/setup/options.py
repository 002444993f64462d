"""The options of `notifier setup`, and the account they make. Pure, but for the search that it is given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.config import DEFAULT_PORTS, LOGINS, SECURITIES, Account, Server
from notifier.errors import NotifierError
from notifier.setting_values import parse_host, parse_interval, parse_keep, parse_name, parse_port, parse_size
from notifier.system.passwords import TOKENS, shares_password
from notifier.words import _

if TYPE_CHECKING:
    from notifier.setup.discovery import Found


class UseError(NotifierError):
    """The options do not make an account. The message is a sentence for a person."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `notifier setup`."""

    def to(read: Callable[[Any], Any]) -> Callable[[str], Any]:
        def convert(text: str) -> Any:
            try:
                return read(text)
            except (ValueError, TypeError) as error:
                raise argparse.ArgumentTypeError(_("“{text}” is not allowed").format(text=text)) from error

        return convert

    def said(read: Callable[[Any], Any]) -> Callable[[str], tuple[Any]]:
        """For what may be set back to nothing: one value in a tuple, so that it differs from an option not given."""
        convert = to(read)
        return lambda text: (convert(text),)

    parser.allow_abbrev = False  # "--password geheim" must not pass for a short "--password-stdin"
    add = parser.add_argument
    add("account", nargs="?", metavar="ACCOUNT", help=_("open the window at this account, or change it with options"))
    add("--address", metavar="A", help=_("set up the account of this mail address, without a window"))
    add("--name", type=to(parse_name), metavar="N", help=_("what the account is called; else its address"))
    add("--full-name", metavar="TEXT", help=_("your name in mails you write"))
    for role, words in (("pop3", _("the receiving server")), ("smtp", _("the sending server"))):
        add(f"--{role}", type=to(_host_and_port), metavar="HOST[:PORT]", help=words)
        add(f"--{role}-security", choices=SECURITIES, help=_("else “tls”, or what fits the port"))
        add(f"--{role}-user", metavar="U", help=_("the user name; else the address"))
        add(f"--{role}-auth", choices=LOGINS, help=_("the kind of login; else “auto”"))
        add(f"--{role}-password-command", metavar="CMD", help=_("a command whose first line is the password"))
        add(f"--{role}-ca-file", metavar="FILE", help=_("a certificate authority of your own"))
    add("--no-smtp", action="store_true", help=_("an account that only receives"))
    add("--limit", type=said(parse_size), metavar="SIZE", help=_("what the mailbox holds, such as “500 MB”"))
    add("--keep", type=said(parse_keep), metavar="HOW", help=_("how your mail program keeps mail on the server: "
        "“always”, “never” or “14 days”"))  # fmt: skip
    add("--interval", type=said(parse_interval), metavar="TIME", help=_("between checks, such as “15 min”"))
    add("--allow-plaintext", action="store_true", help=_("with security “none”: send the password unencrypted"))
    add("--password-stdin", action="store_true", help=_("read the password from standard input, its first line"))
    add("--no-password", action="store_true", help=_("keep the password that is stored, or store none yet"))
    add("--sign-in", choices=("browser", "device"), help=_("sign in at the provider in place of a password"))
    add("--no-search", action="store_true", help=_("do not look for servers; use those given"))
    add("--no-test", action="store_true", help=_("save without logging in first"))
    add("--anyway", action="store_true", help=_("save even if the test fails"))
    add("--remove", metavar="ACCOUNT", help=_("remove an account and its passwords"))
    add("--import-thunderbird", nargs="?", const="", metavar="FOLDER",
        help=_("take over the POP3 accounts of a Thunderbird profile"))  # fmt: skip
    add("--export", metavar="FILE", help=_("write the settings, which hold no passwords, to FILE (- for the terminal)"))
    add("--import", dest="import_", metavar="FILE", help=_("add the accounts of an exported file"))


def assemble(options: argparse.Namespace, old: Account | None, search: Callable[[str], Found]) -> Account:
    """The account that `options` make, over what `old` was; `search` finds servers that are not named.

    Raises UseError, and AddressError for an address that is none.
    """
    address = options.address or (old.address if old else "")
    if not address:
        raise UseError(_("Which address? --address names it."))
    base = old or Account(options.name or address, address, Server("", 995))
    if options.address and not options.no_search and _needs_search(options):
        base = _with_found(base, search(options.address), options)
    account = replace(
        base,
        name=options.name or base.name,
        address=address,
        pop3=_server(options, "pop3", base.pop3, address),
        smtp=_smtp(options, base, address),
        full_name=options.full_name if options.full_name is not None else base.full_name,
        mailbox_limit=options.limit[0] if options.limit else base.mailbox_limit,
        keep_on_server=options.keep[0] if options.keep else base.keep_on_server,
        interval=options.interval[0] if options.interval else base.interval,
    )
    if not account.pop3.host:
        raise UseError(_("No receiving server was found; --pop3 HOST names it."))
    _refuse_plaintext(account)
    return with_tokens(account) if options.sign_in else account


def with_tokens(account: Account) -> Account:
    """`account` with the servers of its provider set to be logged in to with tokens."""

    def changed(server: Server) -> Server:
        return server if server.auth in TOKENS else replace(server, auth="xoauth2")

    smtp = tuple(changed(s) if shares_password(account, s) else s for s in account.smtp)
    return replace(account, pop3=changed(account.pop3), smtp=smtp)


def _needs_search(options: argparse.Namespace) -> bool:
    return not options.pop3 or not (options.smtp or options.no_smtp)


def _with_found(base: Account, found: Found, options: argparse.Namespace) -> Account:
    if found.no_pop3 and not options.pop3:
        raise UseError(_("This provider offers no POP3, so its mailbox cannot be watched by this program."))
    if found.offline and not options.pop3:
        raise UseError(_("Nothing on the internet could be reached, so no servers were found; --pop3 HOST names one."))
    offer = found.offer
    if offer is None:
        return base
    return replace(
        base,
        pop3=offer.pop3[0] if offer.pop3 else base.pop3,
        smtp=offer.smtp[:1],
        mailbox_limit=base.mailbox_limit or offer.limit,
        interval=base.interval or offer.interval,
    )


def _server(options: argparse.Namespace, role: str, base: Server, address: str) -> Server:
    """`base` with what the options of `role` say."""

    def option(name: str) -> Any:
        return getattr(options, f"{role}_{name}")

    host, port = getattr(options, role) or (base.host, None)
    if getattr(options, role):
        security = option("security") or _SECURITY_OF_PORT.get(port or 0, "tls")
        base = Server(host, port or DEFAULT_PORTS[role, security], security, address)
    elif option("security"):
        base = replace(base, security=option("security"), port=DEFAULT_PORTS[role, option("security")])
    return replace(
        base,
        user=option("user") if option("user") is not None else base.user or address,
        auth=option("auth") or base.auth,
        password_command=option("password_command") or base.password_command,
        ca_file=str(Path(option("ca_file")).absolute()) if option("ca_file") else base.ca_file,
        allow_plaintext=options.allow_plaintext or base.allow_plaintext,
    )


_SECURITY_OF_PORT = {110: "starttls", 587: "starttls", 25: "starttls"}


def _smtp(options: argparse.Namespace, base: Account, address: str) -> tuple[Server, ...]:
    if options.no_smtp:
        return ()
    if not base.smtp and not options.smtp:
        return ()
    first = base.smtp[0] if base.smtp else Server("", 465)
    return (_server(options, "smtp", first, address), *base.smtp[1:])


def _refuse_plaintext(account: Account) -> None:
    for server in (account.pop3, *account.smtp):
        if server.security == "none" and not server.may_speak_plainly:
            raise UseError(
                _("The password would travel unencrypted to {host}; --allow-plaintext says it a second time.").format(
                    host=server.host
                )
            )


def _host_and_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[address]:port`. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        return parse_host(text), None
    return parse_host(host), parse_port(int(port))
