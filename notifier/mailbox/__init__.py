"""Thinking: what a look at a mailbox means. Pure functions over frozen values; no I/O, no clock."""
