"""Sending: the message, the outbox that loses nothing, SMTP and what its refusals mean."""
