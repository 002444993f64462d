"""An embedded POP3 and SMTP server with mailboxes that fill, for a first look and for tests."""
