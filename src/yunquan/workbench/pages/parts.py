"""What the shell hands to a page of staff."""

from __future__ import annotations

from typing import Any

from litestar.di import NamedDependency

from yunquan.desk import Desk
from yunquan.security.types import Session

TheDesk = NamedDependency[Desk]
Member = NamedDependency[Session]
Visitor = NamedDependency[Session | None]
Locale = NamedDependency[str]
Templates = NamedDependency[Any]
Doors = NamedDependency[Any]
