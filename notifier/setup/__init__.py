"""Finding an account's servers and proving that they work, before anything is saved."""
