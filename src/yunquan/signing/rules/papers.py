"""A text filled in, as it is printed; and what a signature looks like on it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.signing.types import AgreementText, Article, Sheet, SheetArticle, Signer, Stamp

Text = Callable[..., str]

LONGEST_FACT: Final = 120
LONGEST_NAME: Final = 60
CODE_GROUP: Final = 4
CODE_LENGTH: Final = 16
CODE_CHARACTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# How a signature's reason names the record of what was shown.
EVIDENCE: Final = "evidence sha256:"
_BLANK: Final = re.compile(r"\{([a-z_]+)\}")
_LOOKS_LIKE: Final = str.maketrans("OIL", "011")


def facts_of(signer: Signer, firm: str) -> dict[str, str]:
    """Everything a paper may be filled with."""
    own = {"name": signer.name, "id_masked": signer.id_masked, "day": signer.day, "firm": firm}
    return {**signer.facts, **own}


def check_signer(signer: Signer) -> Refused | None:
    """Why nobody can sign under this name."""
    if not signer.name.strip() or len(signer.name) > LONGEST_NAME or not signer.name.isprintable():
        return Refused("signing.name")
    return None


def check_facts(text: AgreementText, facts: Mapping[str, str]) -> Refused | None:
    """Why a paper can't be filled in: nothing may be left blank, or be more than a line."""
    for name in text.facts:
        value = facts.get(name, "")
        if not value.strip():
            return Refused("signing.fact_missing", {"agreement": text.code, "fact": name})
        if len(value) > LONGEST_FACT or not value.isprintable():
            return Refused("signing.fact_malformed", {"agreement": text.code, "fact": name})
    return None


def filled(words: str, facts: Mapping[str, str]) -> str:
    """A paragraph with its blanks filled in. What fills them is never looked at for blanks."""
    return _BLANK.sub(lambda found: facts[found[1]], words)


def sheet_of(
    text: AgreementText, facts: Mapping[str, str], locale: str, say: Text, mark: str
) -> Sheet:
    """The paper. In English the reading copy goes beside the Chinese, which alone is of law."""
    english = locale == "en"
    year, month, day = (int(part) for part in facts["day"].split("-"))
    edition = say("signing.edition", version=text.version, day=text.effective_from)
    return Sheet(
        title=text.title_zh,
        title_copy=text.title_en if english else "",
        firm=facts["firm"],
        edition=edition,
        mark=mark,
        copy=say("signing.reading_copy") if english else "",
        facts=tuple((say(f"signing.fact.{name}"), facts[name]) for name in text.facts),
        articles=tuple(_printed(one, facts, english=english) for one in text.articles),
        footer=f"{text.title_zh} · {edition}",
        day=(year, month, day),
        points_title=say("signing.points") if text.points else "",
        points=_pairs(text.points, facts, english=english),
    )


def _printed(article: Article, facts: Mapping[str, str], *, english: bool) -> SheetArticle:
    pairs = zip(article.paragraphs_zh, article.paragraphs_en, strict=True)
    heading_copy = article.heading_en if english else ""
    return SheetArticle(article.heading_zh, heading_copy, _pairs(pairs, facts, english=english))


def _pairs(
    pairs: Iterable[tuple[str, str]], facts: Mapping[str, str], *, english: bool
) -> tuple[tuple[str, str], ...]:
    return tuple((filled(zh, facts), filled(en, facts) if english else "") for zh, en in pairs)


def stamp_of(
    signer: Signer, code: str, certificate: str, at: str, seal_name: str, firm: str, say: Text
) -> Stamp:
    """What is seen of a signature and of the seal."""
    return Stamp(
        say("signing.stamp.title"),
        (
            (say("signing.stamp.signer"), f"{signer.name}  {signer.id_masked}"),
            (say("signing.stamp.at"), at),
            (say("signing.stamp.certificate"), certificate),
            (say("signing.stamp.code"), spelled(code)),
        ),
        firm,
        seal_name,
        say("signing.stamp.note"),
    )


def spelled(code: str) -> str:
    """A verification code in groups, to be read aloud: 7K2M-Q9XA-..."""
    return "-".join(code[place : place + CODE_GROUP] for place in range(0, len(code), CODE_GROUP))


def read_code(text: str) -> str:
    """A verification code as people type it; "" for what can't be one."""
    bare = re.sub(r"[\s\-–—]", "", text).upper().translate(_LOOKS_LIKE)
    known = len(bare) == CODE_LENGTH and set(bare) <= set(CODE_CHARACTERS)
    return bare if known else ""
