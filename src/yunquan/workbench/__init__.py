"""The staff's face: find a client, see the case with its evidence, act; and how the counter is.

What must hold: personal data is masked until someone gives a reason, and each look leaves a record;
an action names its basis; a page shows what the counter and the log say, with the log's positions.
"""
