"""Asking a POP3 server how much mail there is and which messages they are; nothing else is possible here."""
