"""Tk windows, each run as its own process: compose, account set-up, mailbox history."""
