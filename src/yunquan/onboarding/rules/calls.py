"""What a call back asks, and what it may come to."""

from __future__ import annotations

from typing import Final

# Each is asked and answered yes or no; the wanted answer is yes.
QUESTIONS: Final = ("is_person", "own_will", "read_risks", "knows_class", "password_secret")
OUTCOMES: Final = ("reached", "no_answer", "wrong_person", "objects")
