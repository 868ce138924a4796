"""The kernel: money, ids, clock, errors, messages, events, the log, transactions, frames. No
business words.

What must hold: amounts are integers; time is handed in; a record once written is never changed; an
event is in the log
exactly when the change it tells of is in the database.
"""
