"""A letter of the firm to the client, to read and to keep."""

from __future__ import annotations

import asyncio

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from yunquan.letters import Letters
from yunquan.standing.pages.parts import (
    CLIENT,
    Accounts,
    Locale,
    Templates,
    TheDesk,
    shell_facts,
)

TheLetters = NamedDependency[Letters]


@get("/letters/{letter:str}", opt=CLIENT)
async def letter_page(
    desk: TheDesk,
    letters: TheLetters,
    letter: FromPath[str],
    accounts: Accounts,
    locale: Locale,
    templates: Templates,
) -> Response[str]:
    """What it says. Raises NotFound letters.unknown for anybody else's."""
    one = await asyncio.to_thread(letters.of_client, letter[:40], accounts)
    lang = "en" if locale == "en" else "zh"
    papers = {each.lang: each.paper for each in one.papers}
    shown = {"letter": one, "paper": papers[lang]}
    shown |= await shell_facts(desk, accounts[0], locale)
    return templates.page("standing/letter.html", **shown)


@get("/letters/{letter:str}/pdf", opt=CLIENT)
async def letter_file(
    request: Request, letters: TheLetters, letter: FromPath[str], accounts: Accounts
) -> Response[bytes]:
    """The sealed paper, in ?lang=zh (the letter) or en (its reading copy)."""
    one = await asyncio.to_thread(letters.of_client, letter[:40], accounts)
    lang = "en" if request.query_params.get("lang") == "en" else "zh"
    headers = {
        "content-disposition": f'attachment; filename="{one.id}-{lang}.pdf"',
        "cache-control": "no-store",
    }
    body = await letters.pdf(one, lang)
    return Response(body, media_type="application/pdf", headers=headers)


handlers = [letter_page, letter_file]
