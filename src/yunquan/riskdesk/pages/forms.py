"""The forms of a page: as they come, after one was done, or with what one was refused for."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from yunquan.kernel.errors import YunquanError
from yunquan.riskdesk.pages.parts import Here

LONGEST_KEY: Final = 60


@dataclass(frozen=True, slots=True)
class Form:
    """One of them. why: it was refused, in words; given: what was typed into it then."""

    why: str = ""
    given: Mapping[str, str] = field(default_factory=dict[str, str])

    def get(self, name: str, default: str = "") -> str:
        """What a field begins with."""
        return self.given.get(name, default)


@dataclass(frozen=True, slots=True)
class Forms:
    """All of a page. key: of a form that is sent twice it makes one request. done: what was done a
    moment ago. refused: which form was, and why.
    """

    key: str
    done: str = ""
    refused: str = ""
    why: str = ""
    given: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, name: str, **hidden: str) -> Form:
        """hidden: fields by which one of several forms of this name is known."""
        this = name == self.refused and all(self.given.get(at) == hidden[at] for at in hidden)
        return Form(self.why, self.given) if this else Form()


def empty(here: Here, known: Collection[str] = ()) -> Forms:
    """With nothing typed. known: what the page may say of ?done=."""
    done = here.request.query_params.get("done", "")
    return Forms(secrets.token_hex(12), done if done in known else "")


def refused(here: Here, name: str, error: YunquanError, given: Mapping[str, str]) -> Forms:
    """With the refusal beside the form it is of, and in it what was typed."""
    return Forms(secrets.token_hex(12), "", name, here.said(error), given)


def key_of(given: Mapping[str, str]) -> str:
    """The key a form came with; its own where it has none."""
    return given.get("key", "")[:LONGEST_KEY] or secrets.token_hex(12)
