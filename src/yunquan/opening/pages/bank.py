"""The bank that holds the money, and the two passwords."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import get, post
from litestar.response import Response

from yunquan.onboarding.types import Application, Particulars, Step
from yunquan.opening.pages.here import Facts, Here, TheHere
from yunquan.opening.pages.parts import ANYONE

# Refusals that are about the account's number.
OF_NUMBER: Final = (
    "bank.holder_mismatch",
    "bank.unknown_account",
    "transfer.bank_account_malformed",
)


async def bank_facts(here: Here, one: Application) -> Facts:
    """The banks there are; whose account it must be."""

    def load() -> Particulars:
        with here.onboarding.parts.database.read() as tx:
            return here.onboarding.own(tx, str(one.id))

    own = await asyncio.to_thread(load)
    holder = own.card.name if own.card else ""
    return {
        "of_number": OF_NUMBER,
        "banks": sorted(here.onboarding.parts.banks),
        "given": {"bank": own.bank},
        "bank_card": await here.stage.bank_card(str(one.id), holder) if holder else None,
        "name_masked": one.name_masked,
    }


@get("/open/bank", opt=ANYONE)
async def bank_page(here: TheHere) -> Response[object]:
    """Which bank, which account."""
    return await here.show(Step.BANK, bank_facts)


@post("/open/bank", opt=ANYONE, status_code=200)
async def bind_bank(here: TheHere) -> Response[object]:
    """The bank is asked; what was typed but for the password stays."""
    form = await here.fields()
    password = form.pop("password", "")

    async def act(one: Application) -> object:
        bank, number = form.get("bank", ""), form.get("number", "")
        return await here.onboarding.filling.bind_bank(str(one.id), bank, number, password)

    return await here.act(Step.BANK, act, bank_facts, form)


async def password_facts(here: Here, one: Application) -> Facts:
    """Nothing besides the rules."""
    del here, one
    return {"given": {}}


@get("/open/passwords", opt=ANYONE)
async def passwords_page(here: TheHere) -> Response[object]:
    """One to log in, one to move money."""
    return await here.show(Step.PASSWORDS, password_facts)


@post("/open/passwords", opt=ANYONE, status_code=200)
async def set_passwords(here: TheHere) -> Response[object]:
    """Kept as slow hashes only."""
    form = await here.fields()

    async def act(one: Application) -> object:
        password, cash = form.get("password", ""), form.get("cash", "")
        return await here.onboarding.filling.set_passwords(str(one.id), password, cash)

    return await here.act(Step.PASSWORDS, act, password_facts)


handlers = [bank_page, bind_bank, passwords_page, set_passwords]
