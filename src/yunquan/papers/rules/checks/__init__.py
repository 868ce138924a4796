"""The checks, each a small file with one rule: from the sheaf to what it finds, never thrown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from yunquan.papers.rules.checks import (
    blanks,
    classes,
    complete,
    forbidden,
    holder,
    identity,
    matching,
    order,
    signers,
    strangers,
    validity,
    versions,
    warnings,
)
from yunquan.papers.rules.sheaf import Sheaf
from yunquan.papers.types import PaperFinding

CHECKS: Final[tuple[Callable[[Sheaf], Iterable[PaperFinding]], ...]] = (
    complete.check,
    versions.check,
    signers.check,
    order.check,
    validity.check,
    identity.check,
    holder.check,
    classes.check,
    strangers.check,
    matching.check,
    warnings.check,
    forbidden.check,
    blanks.check,
)


# Of one kind; whoever reads a hundred needs no more to see that papers won't do.
MOST_OF_A_CHECK: Final = 100


def check_all(sheaf: Sheaf) -> tuple[PaperFinding, ...]:
    """What every check finds, errors first, in the order of the checks."""
    found = [one for check in CHECKS for one in islice(check(sheaf), MOST_OF_A_CHECK)]
    return tuple(sorted(found, key=lambda one: one.severity != "error"))
