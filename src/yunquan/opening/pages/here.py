"""One request of an applicant: shows a step, does it, tells a refusal where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar.di import NamedDependency
from litestar.response import Redirect, Response

from yunquan.desk import Desk
from yunquan.kernel.errors import Conflict, Unauthorised, YunquanError
from yunquan.onboarding import Onboarding
from yunquan.onboarding.types import Application, Step
from yunquan.opening.adapters.stage import Stage
from yunquan.opening.pages.parts import (
    HOME,
    AnyRequest,
    Locale,
    Templates,
    TheDesk,
    TheOnboarding,
    TheStage,
    applicant,
    fields_of,
    is_open,
    onward,
    place_of,
    refused_json,
    step_facts,
    told,
    wants_json,
)

# Not about what was typed: another step is due, or none any more.
ELSEWHERE: Final = ("onboarding.step_order", "onboarding.not_filling")
# Nobody should fill in what can come to nothing; the signature's own page says it itself.
AFTER_QUESTIONS: Final = (Step.WITNESS, Step.BANK, Step.PASSWORDS)
CLOSED: Final = f"{HOME}?closed=1"
Facts = dict[str, Any]


PAGES: Final = {
    Step.CONSENTS: "opening/consents.html",
    Step.CARD: "opening/card.html",
    Step.FACE: "opening/face.html",
    Step.DETAILS: "opening/details.html",
    Step.QUESTIONS: "opening/questions.html",
    Step.WITNESS: "opening/witness.html",
    Step.BANK: "opening/bank.html",
    Step.PASSWORDS: "opening/passwords.html",
    Step.AGREEMENTS: "opening/agreements.html",
}


@dataclass(frozen=True, slots=True)
class Here:
    """Who asks, and the offices that answer."""

    request: AnyRequest
    desk: Desk
    onboarding: Onboarding
    locale: str
    templates: Any
    stage: Stage

    async def applicant(self) -> Application:
        """Raises Unauthorised onboarding.door_closed."""
        return await applicant(self.request, self.onboarding)

    async def fields(self) -> dict[str, str]:
        """What was typed."""
        return fields_of(await self.request.form())

    def say(self, code: str, **facts: Any) -> str:
        """A text in the applicant's language."""
        return self.desk.text(self.locale)(code, **facts)

    async def show(
        self, step: Step, more: Callable[[Here, Application], Awaitable[Facts]]
    ) -> Response[Any]:
        """The page of a step; of another where this one isn't due."""
        try:
            one = await self.applicant()
        except Unauthorised:
            return Redirect(CLOSED, status_code=303)
        if not is_open(one, step):
            return Redirect(place_of(one), status_code=303)
        return await self.page(one, step, await more(self, one))

    async def page(
        self, one: Application, step: Step, facts: Mapping[str, Any], status: int = 200
    ) -> Response[Any]:
        """A step's template with what surrounds it."""
        around = await step_facts(self.onboarding, one, step)
        if step in AFTER_QUESTIONS:
            around["stops"] = await asyncio.to_thread(self.stops, one)
        return self.templates.page(PAGES[step], status=status, **{**around, **facts})

    def stops(self, one: Application) -> str:
        """Why no account can come of this application, as soon as that is known; "" else."""
        try:
            self.onboarding.submitting.mismatch(str(one.id), self.locale)
        except Conflict as error:
            return self.say(error.code, **error.facts)
        return ""

    async def act(
        self,
        step: Step,
        do: Callable[[Application], Awaitable[Any]],
        more: Callable[[Here, Application], Awaitable[Facts]],
        given: Mapping[str, Any] | None = None,
    ) -> Response[Any]:
        """Do a step and go on; a refusal is told on its page with what was typed still there."""
        try:
            one = await self.applicant()
        except Unauthorised as error:
            return self.nobody(error)
        try:
            await do(one)
        except YunquanError as error:
            if wants_json(self.request):
                return refused_json(self.desk, self.locale, error)
            said = told(self.desk, self.locale, error)
            if error.code in ELSEWHERE or not is_open(one, step):
                return self.trouble(said["failed"], error.status)
            facts = await more(self, one) | {"given": given or {}} | said
            return await self.page(one, step, facts, error.status)
        return onward(self.request)

    async def answer(self, do: Callable[[Application], Awaitable[Any]]) -> Response[Any]:
        """For islands: what came of it as JSON, a refusal as its code and its sentence."""
        try:
            body = await do(await self.applicant())
        except YunquanError as error:
            return refused_json(self.desk, self.locale, error)
        return Response(body, media_type="application/json", status_code=200)

    def nobody(self, error: YunquanError) -> Response[Any]:
        """The visit has ended: the phone opens it again."""
        if wants_json(self.request):
            return refused_json(self.desk, self.locale, error)
        return Redirect(CLOSED, status_code=303)

    def trouble(self, text: str, status: int) -> Response[Any]:
        """A page of its own for what belongs to no field."""
        return self.templates.page("opening/trouble.html", status=status, text=text)


def make_here(
    request: AnyRequest,
    desk: TheDesk,
    onboarding: TheOnboarding,
    locale: Locale,
    templates: Templates,
    stage: TheStage,
) -> Here:
    """The framework's way to it."""
    return Here(request, desk, onboarding, locale, templates, stage)


TheHere = NamedDependency[Here]


def in_thread(act: Callable[[Application], Any]) -> Callable[[Application], Awaitable[Any]]:
    """Offices block; the loop must not."""

    async def do(one: Application) -> Any:
        return await asyncio.to_thread(act, one)

    return do
