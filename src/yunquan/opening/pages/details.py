"""What somebody says of themselves."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import get, post
from litestar.response import Response

from yunquan.onboarding.rules import details as rules
from yunquan.onboarding.types import Application, Details, Step
from yunquan.opening.pages.here import Facts, Here, TheHere, in_thread
from yunquan.opening.pages.parts import ANYONE

CHOICES: Final = {
    "occupation": rules.OCCUPATIONS,
    "income": rules.INCOMES,
    "source_of_funds": rules.SOURCES,
}


async def details_facts(here: Here, one: Application) -> Facts:
    """given: what they said before; the card's address where they haven't yet."""

    def load() -> dict[str, str]:
        with here.onboarding.parts.database.read() as tx:
            own = here.onboarding.own(tx, str(one.id))
        if own.details is not None:
            return {name: getattr(own.details, name) for name in Details.__struct_fields__}
        return {"address": own.card.address if own.card else "", "tax": "cn"}

    given = await asyncio.to_thread(load)
    educations = tuple(name for name in rules.EDUCATIONS if name)
    return {
        "given": given,
        "choices": CHOICES,
        "taxes": rules.TAXES,
        "educations": educations,
    }


@get("/open/details", opt=ANYONE)
async def details_page(here: TheHere) -> Response[object]:
    """The form."""
    return await here.show(Step.DETAILS, details_facts)


@post("/open/details", opt=ANYONE, status_code=200)
async def give_details(here: TheHere) -> Response[object]:
    """Keep what was said."""
    form = await here.fields()

    def act(one: Application) -> object:
        return here.onboarding.filling.give_details(str(one.id), details_of(form))

    return await here.act(Step.DETAILS, in_thread(act), details_facts, form)


def details_of(form: dict[str, str]) -> Details:
    """A box that says "somebody else" wants their name."""

    def somebody(name: str) -> str:
        own = form.get(name, "self") != "other"
        return "self" if own else form.get(f"{name}_name", "").strip()

    def text(name: str) -> str:
        return form.get(name, "").strip()

    abroad = text("tax") != "cn"
    return Details(
        occupation=text("occupation"),
        income=text("income"),
        source_of_funds=text("source_of_funds"),
        address=text("address"),
        education=text("education"),
        email=text("email"),
        tax=text("tax"),
        tax_place=text("tax_place") if abroad else "",
        tax_number=text("tax_number") if abroad else "",
        controller=somebody("controller"),
        beneficiary=somebody("beneficiary"),
        bad_record=text("bad_record") if text("bad") == "yes" else "",
    )


handlers = [details_page, give_details]
