"""Staff's face of account opening, and the public page that verifies signed papers.

What must hold: who somebody is and what they look like is masked until someone gives a reason, and
each such look leaves a record; a page shows what the rooms below say, and decides nothing itself.
"""
