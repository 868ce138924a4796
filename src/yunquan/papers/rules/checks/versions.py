"""Every document is the version in force when it was signed."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.version_unknown, papers.old_version."""
    versions = sheaf.opening.versions
    for paper in sheaf.opening.papers:
        if paper.code not in versions:
            yield finding("papers.version_unknown", paper.code, facts={"version": paper.version})
        elif paper.version != versions[paper.code]:
            facts = {"version": paper.version, "wanted": versions[paper.code]}
            yield finding("papers.old_version", paper.code, facts=facts)
