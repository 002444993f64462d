"""The desktop's odds and ends: start at login, passwords, single instance, sleep, mail program."""
