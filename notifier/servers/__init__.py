"""What every conversation with a mail server shares: TLS, logins, and what a failed connection means."""
