"""What somebody says of themselves."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import get, post
from litestar.response import Response

from yunquan.kernel.errors import Invalid
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
    """given: what they said before; the card's address where they haven't yet. Nothing that the
    law has them declare is ticked for them.
    """

    def load() -> dict[str, str]:
        with here.onboarding.parts.database.read() as tx:
            own = here.onboarding.own(tx, str(one.id))
        if own.details is not None:
            said = {name: getattr(own.details, name) for name in Details.__struct_fields__}
            bad = "yes" if own.details.bad_record else "no"
            return said | {"bad": bad, "declared": declared_of(own.details)}
        return {"address": own.card.address if own.card else ""}

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


def declared_of(told: Details) -> str:
    """Which of the two declarations these details are."""
    plain = told.tax == "cn" and told.controller == told.beneficiary == "self"
    return "all" if plain and not told.bad_record else "differs"


def details_of(form: dict[str, str]) -> Details:
    """One tick declares all that the page lists; whoever differs says in each what holds. A box
    that says "somebody else" wants their name. Raises Invalid onboarding.field_missing.
    """
    declared, missing = form.get("declared", ""), ""
    if declared != "differs":
        missing = "" if declared == "all" else "declared"
        form = form | {"tax": "cn", "controller": "self", "beneficiary": "self", "bad": "no"}
    elif form.get("bad") not in ("yes", "no"):
        missing = "bad"

    def somebody(name: str) -> str:
        named = form.get(f"{name}_name", "").strip()
        return {"self": "self", "other": named}.get(form.get(name, ""), "")

    def text(name: str) -> str:
        return form.get(name, "").strip()

    abroad = text("tax") != "cn"
    made = Details(
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
    # What is missing further up the page is told first, by the office.
    if missing and not rules.check_details(made):
        raise Invalid("onboarding.field_missing", field=missing)
    return made


handlers = [details_page, give_details]
