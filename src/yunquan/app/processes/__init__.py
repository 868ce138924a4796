"""One module a role: counter, follower, readers, web; and the supervisor that runs them all on one
machine.
"""
