"""That the papers of an opening were checked. Codes and digests; nothing a paper says."""

from __future__ import annotations

import msgspec


class PapersChecked(msgspec.Struct, frozen=True, array_like=True, tag="papers.checked@1"):
    """The checks were run. digest: SM3 of the papers. found: (code, severity, document)."""

    run: str
    owner: str
    day: str
    digest: str
    found: list[tuple[str, str, str]]
    by: str


EVENTS = (PapersChecked,)
