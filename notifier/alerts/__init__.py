"""Saying it: events become words, words reach the desktop's notification service."""
