"""The web's promises: orders a second over HTTP, and how orders fare while thousands log in."""
