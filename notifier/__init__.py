"""Notifier: watches POP3 mailboxes from the tray, announces new mail, warns before the mailbox is full."""

__version__ = "0.1.0"
