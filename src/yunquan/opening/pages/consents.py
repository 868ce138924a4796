"""Separate consents, each with its own text and its own tick (PIPL 29)."""

from __future__ import annotations

from litestar import get, post
from litestar.response import Response

from yunquan.onboarding.rules.consents import NEEDED
from yunquan.onboarding.types import CONSENTS, Application, Step
from yunquan.opening.pages.here import Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import ANYONE


async def consent_facts(here: Here, one: Application) -> Facts:
    """Texts as they are shown, and the digest that is handed back."""
    filling = here.onboarding.filling
    return {
        "texts": filling.consent_texts(here.locale),
        "shown": filling.consent_digest(str(one.id), here.locale),
        "needed": NEEDED,
        "given": {},
    }


@get("/open/consents", opt=ANYONE)
async def consents_page(here: TheHere) -> Response[object]:
    """What is agreed to, each apart."""
    return await here.show(Step.CONSENTS, consent_facts)


@post("/open/consents", opt=ANYONE, status_code=200)
async def give_consents(here: TheHere) -> Response[object]:
    """Keep every yes and every no."""
    form = await here.fields()
    given = {name: form.get(name) == "yes" for name in CONSENTS}
    shown = form.get("shown", "")[:64]

    def act(one: Application) -> object:
        return here.onboarding.filling.consent(str(one.id), given, shown)

    return await here.act(Step.CONSENTS, in_thread(act), consent_facts, given)


handlers = [consents_page, give_consents]
