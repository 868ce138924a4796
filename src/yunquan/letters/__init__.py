"""Letters 函件: what the firm writes to the exchange and to a client about a case, as documents.

What must hold: a letter is filled from its case, with the numbers and the basis; nothing that may
be laundering is written to the client; what is issued was agreed to by two people, bears the firm's
seal and is in the archive, the very bytes that were previewed.
"""

from yunquan.letters.service import LetterParts, Letters

__all__ = ["LetterParts", "Letters"]
