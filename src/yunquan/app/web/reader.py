"""Who reads: their language and the looks they chose, from the query, cookies and what the browser
asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from litestar.connection import ASGIConnection

from yunquan.kernel.i18n import DEFAULT_LOCALE, LOCALES

LANGUAGE_COOKIE = "yq_lang"
THEME_COOKIE = "yq_theme"
COLOURS_COOKIE = "yq_colours"
ELDER_COOKIE = "yq_elder"
_TAGS = {"zh_CN": "zh-CN", "en": "en"}
_BY_TAG = {"zh": "zh_CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Reader:
    """locale: "zh_CN" or "en". theme: "light", "dark" or "" (as the system has it). colours:
    "red-up" or "green-up".

    asked_by_link: the language came with ?lang=. elder: larger type and fewer steps 适老化.
    """

    locale: str
    theme: str
    colours: str
    asked_by_link: bool = False
    elder: bool = False

    @property
    def lang(self) -> str:
        """The language as HTML wants it."""
        return _TAGS[self.locale]

    @classmethod
    def of(cls, connection: ASGIConnection[Any, Any, Any, Any]) -> Reader:
        """The reader of a request; worked out once."""
        state = connection.scope["state"]
        found = state.get("reader")
        if found is None:
            cookies = connection.cookies
            theme, colours = cookies.get(THEME_COOKIE, ""), cookies.get(COLOURS_COOKIE, "")
            linked = _linked_locale(connection)
            found = cls(
                linked or _chosen_locale(connection),
                theme if theme in ("light", "dark") else "",
                colours if colours in ("red-up", "green-up") else "red-up",
                asked_by_link=bool(linked),
                elder=cookies.get(ELDER_COOKIE, "") == "on",
            )
            state["reader"] = found
        return found


def _linked_locale(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    if b"lang=" not in connection.scope.get("query_string", b""):
        return ""
    return known_locale(str(connection.query_params.get("lang", "")))


def _chosen_locale(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    chosen = connection.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LOCALES else preferred(connection.headers.get("accept-language", ""))


def known_locale(text: str) -> str:
    """The locale meant by "zh_CN", "zh-CN", "zh" or "en"; "" for anything else."""
    tag = text[:20].replace("-", "_")
    return tag if tag in LOCALES else _BY_TAG.get(tag.partition("_")[0].lower(), "")


@lru_cache(maxsize=1024)
def preferred(accept_language: str) -> str:
    """The first of our languages by the weights of an Accept-Language header, zh_CN when none is in
    it.
    """
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:200].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        if locale := _BY_TAG.get(tag.partition("-")[0].lower()):
            try:
                weighed.append((-float(weight or 1), place, locale))
            except ValueError:
                continue
    return min(weighed)[2] if weighed else DEFAULT_LOCALE
