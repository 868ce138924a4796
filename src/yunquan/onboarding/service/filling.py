"""What applicants do, step by step. Each may be repeated; nothing is lost by what fails."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from yunquan.archive.types import NewDocument
from yunquan.clients import is_registered
from yunquan.clients import rules as client_rules
from yunquan.funding import check_fit
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.residents import age_on
from yunquan.onboarding import store
from yunquan.onboarding.rules import consents, details, steps
from yunquan.onboarding.service.parts import Desk, policy_on, raise_refused
from yunquan.onboarding.types import Application, CardFacts, Details, State, Step, Way
from yunquan.security import prepare_login
from yunquan.security.types import SecurityLimits
from yunquan.suitability.types import AskAgain, Assessment, Known, Prefilled, Said, Trace
from yunquan.verification import told_by
from yunquan.verification.types import Check, Holder, Outcome
from yunquan.vision.types import Challenge, ClipFrame, ClipSource
from yunquan.witness.types import Decision, WitnessApplicant
from yunquan.witness.types import Way as WitnessWay

APPLICANT = "applicant"
BANK_DIGITS = (8, 32)
# A one-way recording that is whole: a person looks at it in the review.
RECORDED = ("recorded", "checked")


class Filling:
    """An applicant's own acts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    def show(self, application: str, step: Step) -> None:
        """A step comes before somebody's eyes: its clock begins, once."""
        with self._parts.database.transaction(APPLICANT) as tx:
            store.begin_step(tx, application, step.value)

    def _tried(self, application: str, step: Step, code: str) -> None:
        with self._parts.database.transaction(APPLICANT) as tx:
            store.try_step(tx, application, step.value, done=False)
            self._desk.note(tx, application, "tried", step.value, code)

    def _take_back(self, application: str, step: Step) -> None:
        """It's being done anew: what was done before counts no more, nor what rests on it."""
        with self._parts.database.transaction(APPLICANT) as tx:
            one, _ = self._desk.at_step(tx, application, step)
            if step in one.done:
                self._desk.save(tx, replace(one, done=steps.taken_back(one.done, step)))

    # --- consents

    def consent_texts(self, locale: str) -> tuple[tuple[str, ...], ...]:
        """(consent, title, what for, all of it), as shown."""
        return consents.texts_of(lambda code: self._parts.catalogue.text(code, locale))

    def consent_digest(self, application: str, locale: str) -> str:
        """Handed back with the ticks."""
        return consents.digest_of(application, self.consent_texts(locale))

    def consent(self, application: str, given: Mapping[str, bool], shown: str) -> Application:
        """Keep what somebody agrees to, each apart, as evidence. No face: the way by a person.

        Raises Conflict onboarding.consents_changed, Invalid onboarding.consent_*.
        """
        locales = ("zh_CN", "en")
        digests = tuple(self.consent_digest(application, locale) for locale in locales)
        refused = consents.check_consents(given, shown, digests)
        changed = refused is not None and refused.code == "onboarding.consents_changed"
        raise_refused(refused, Conflict if changed else Invalid)
        locale = locales[digests.index(shown)]
        with self._parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.CONSENTS)
            record = {
                "format": "yunquan-consents-1",
                "application": application,
                "locale": locale,
                "shown": self.consent_texts(locale),
                "digest": shown,
                "given": dict(given),
                "at_ms": tx.now_ms(),
                "network": own.network,
                "user_agent": own.user_agent,
            }
            body = msgspec.json.format(msgspec.json.encode(record))
            title = self._parts.catalogue.text("onboarding.consent.title", "zh_CN")
            new = NewDocument(
                "consent", application, title, "application/json", body, "", tx.today(), "opening"
            )
            self._parts.archive.keep(tx, new)
            way = Way.FACE if given["face"] else Way.PERSON
            own = msgspec.structs.replace(own, consents=dict(given))
            digest = hashlib.sha256(body).hexdigest()
            anew = () if way is one.way else (Step.FACE, Step.WITNESS)
            done = steps.taken_back(one.done, *anew)
            one = replace(one, way=way, done=done)
            return self._desk.done(tx, one, own, Step.CONSENTS, digest)

    # --- the card

    def read_card(self, application: str, side: str, image: bytes) -> Check:
        """Look at one side of the card; what was read waits for the applicant's yes.

        Raises Invalid vision.*, Conflict verification.card_tries, Unavailable vision.*.
        """
        self._take_back(application, Step.CARD)
        check = self._parts.verification.cards.read(application, side, image)
        if check.outcome is Outcome.AGAIN:
            self._tried(application, Step.CARD, next(iter(_codes(check)), ""))
        # What was confirmed while we looked was another card.
        self._take_back(application, Step.CARD)
        return check

    def read_holder(self, application: str) -> Holder | None:
        """What was read of both sides, None before there are two."""
        return self._parts.verification.cards.holder(application)

    def confirm_card(self, application: str, typed: CardFacts) -> Application:
        """The card's facts as the applicant confirms them, asked of the police.

        Raises Conflict onboarding.card_missing, already_client; Invalid onboarding.*, client.*,
        police.*; Unavailable office.* and nothing is lost.
        """
        cards = self._parts.verification.cards
        with self._parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.CARD)
            youngest, day = policy_on(tx).number("youngest"), tx.today()
        read = cards.holder(application)
        if read is None:
            raise Conflict("onboarding.card_missing")
        card = msgspec.structs.replace(typed, changed=_changed(read, typed))
        if refused := details.check_card(card, day, youngest):
            self._tried(application, Step.CARD, refused.code)
            raise Invalid(refused.code, **refused.facts)
        told = Holder(*(getattr(card, name) for name in Holder.__slots__))
        judged = cards.confirm(application, told_by(told))
        wrong = next((f for f in judged.findings if f.outcome in ("again", "refuse")), None)
        if wrong:
            self._tried(application, Step.CARD, wrong.code)
            raise Invalid(wrong.code, **wrong.facts)
        with self._parts.database.read() as tx:
            digest = client_rules.identity_digest(self._parts.sealing.digest_key, card.id_number)
            if is_registered(tx, digest):
                raise Conflict("onboarding.already_client")
        self._take_back(application, Step.CARD)
        police = self._parts.verification.police.check(application, card.name, card.id_number)
        if police.outcome is Outcome.AGAIN:
            self._tried(application, Step.CARD, "onboarding.police_differs")
            raise Invalid("onboarding.police_differs")
        with self._parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.CARD)
            if police.outcome is Outcome.REFUSE:
                return self._desk.move(tx, one, State.REFUSED, "onboarding.identity_void")
            own = msgspec.structs.replace(own, card=card)
            one = replace(one, name_masked=client_rules.mask_name(card.name))
            return self._desk.done(tx, one, own, Step.CARD)

    # --- the face

    def draw(self, application: str) -> Challenge:
        """A challenge to be answered before the camera. Raises Conflict onboarding.face_unwanted,
        verification.face_tries.
        """
        with self._parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.FACE)
            if one.way is not Way.FACE:
                raise Conflict("onboarding.face_unwanted")
        with_voice = own.consents.get("voice", False)
        return self._parts.verification.faces.draw(application, with_voice=with_voice)

    def judge_face(
        self,
        application: str,
        frames: tuple[ClipFrame, ...],
        source: ClipSource,
        voice: bytes | None,
    ) -> tuple[Application, tuple[str, ...], int]:
        """What came back: the application, what the applicant may hear of it, tries left. The step
        is done when the face passes, or when a person shall decide.
        """
        parts = self._parts
        with parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.FACE)
            if one.way is not Way.FACE:
                raise Conflict("onboarding.face_unwanted")
            assert own.card is not None
        self._take_back(application, Step.FACE)
        known = parts.verification.known_faces(application, own.card.name, own.card.id_number)
        said = voice if own.consents.get("voice") else None
        result = parts.verification.faces.judge(application, frames, source, said, known)
        if result.check.outcome is Outcome.AGAIN:
            self._tried(application, Step.FACE, result.told[0] if result.told else "")
            # The last film counts, also where another passed meanwhile.
            self._take_back(application, Step.FACE)
            return one, result.told, result.left
        with parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.FACE)
            return self._desk.done(tx, one, None, Step.FACE), (), result.left

    def choose_person(self, application: str) -> Application:
        """No face for a machine: a person looks at them in a two-way call (PIPL, face rules)."""
        with self._parts.database.transaction(APPLICANT) as tx:
            one, _ = self._desk.at_step(tx, application, Step.FACE)
            # A recording is no call.
            one = replace(one, way=Way.PERSON, done=steps.taken_back(one.done, Step.WITNESS))
            return self._desk.done(tx, one, None, Step.FACE)

    # --- details, questions

    def give_details(self, application: str, given: Details) -> Application:
        """Raises Invalid onboarding.field_*."""
        raise_refused(details.check_details(given))
        with self._parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.DETAILS)
            own = msgspec.structs.replace(own, details=given)
            return self._desk.done(tx, one, own, Step.DETAILS)

    def prefilled(self, application: str) -> tuple[Prefilled, ...]:
        """Answers of the questionnaire that are known already."""
        with self._parts.database.read() as tx:
            own = self._desk.own(tx, application)
        told = own.details
        said = Said(told.occupation, told.income, told.source_of_funds) if told else None
        return self._parts.suitability.prefilled(own.card.birth if own.card else "", said)

    def answer(
        self,
        application: str,
        answers: Mapping[str, tuple[str, ...]],
        shown: str,
        key: str,
        trace: Trace,
        stands: frozenset[str],
        prefilled: frozenset[str] = frozenset(),
    ) -> Assessment | AskAgain:
        """The questionnaire. prefilled: questions that were shown answered and haven't been touched
        since. Raises as `Suitability.assess`.
        """
        parts = self._parts
        stood = tuple(one for one in self.prefilled(application) if one.question in prefilled)
        with parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.QUESTIONS)
            assert own.card is not None
            person = client_rules.identity_digest(parts.sealing.digest_key, own.card.id_number)
            known = Known(own.card.birth, person, stands, stood)
            made = parts.suitability.assess(
                tx, application, answers, shown, key, trace=trace, known=known
            )
            if isinstance(made, Assessment):
                self._desk.done(tx, one, None, Step.QUESTIONS, made.evidence)
            return made

    # --- the witness

    def witness_way(self, application: str) -> Decision:
        """Which way this applicant is witnessed today, and the codes of why."""
        with self._parts.database.read() as tx:
            one, own = self._desk.load(tx, application), self._desk.own(tx, application)
            assessed = self._parts.suitability.current(tx, application)
            assert own.card is not None
            applicant = WitnessApplicant(
                age_on(own.card.birth, tx.today()),
                one.grade,
                assessed.class_.value if assessed else "",
                face_used=one.way is Way.FACE,
            )
            return self._parts.witness.decide(tx, applicant)

    def witnessed(self, application: str) -> Application:
        """Go on once the witness room has what it needs: a whole recording, or a call that passed.
        Raises Conflict onboarding.witness_missing.
        """
        with self._parts.database.transaction(APPLICANT) as tx:
            self._desk.at_step(tx, application, Step.WITNESS)
        wanted = self.witness_way(application).way
        with self._parts.database.transaction(APPLICANT) as tx:
            one, _ = self._desk.at_step(tx, application, Step.WITNESS)
            standing = self._parts.witness.standing(tx, application)
            recorded = wanted is WitnessWay.ONE_WAY and standing.state in RECORDED
            if not standing.passed and not recorded:
                raise Conflict("onboarding.witness_missing")
            return self._desk.done(tx, one, None, Step.WITNESS)

    # --- the bank, passwords

    async def bind_bank(
        self, application: str, bank: str, bank_account: str, password: str
    ) -> Application:
        """The bank says that the account is this person's and that they agree. Nothing moves, so an
        unknown outcome is settled by asking again.

        Raises NotFound bank.unknown, Invalid transfer.*, Forbidden bank.*, Unavailable bank.*.
        """

        def holder() -> str:
            with self._parts.database.transaction(APPLICANT) as tx:
                _, own = self._desk.at_step(tx, application, Step.BANK)
                assert own.card is not None
                return own.card.name

        name = await asyncio.to_thread(holder)
        plain = bank_account.replace(" ", "")
        is_number = plain.isascii() and plain.isdigit()
        if not is_number or not BANK_DIGITS[0] <= len(plain) <= BANK_DIGITS[1]:
            raise Invalid("transfer.bank_account_malformed")
        line = self._parts.banks.get(bank)
        if line is None:
            raise NotFound("onboarding.bank_unknown", bank=bank[:20])
        if code := await line.sign(plain, name, password[:40]):
            await asyncio.to_thread(self._tried, application, Step.BANK, code)
            raise Forbidden(code)

        def keep() -> Application:
            with self._parts.database.transaction(APPLICANT) as tx:
                one, own = self._desk.at_step(tx, application, Step.BANK)
                own = msgspec.structs.replace(own, bank=bank, bank_account=plain)
                return self._desk.done(tx, one, own, Step.BANK)

        return await asyncio.to_thread(keep)

    async def set_passwords(self, application: str, password: str, cash: str) -> Application:
        """The login's and the cash password, kept as slow hashes only. Raises Invalid password.*,
        cash_password.unfit.
        """
        prepare_login("applicant", password, SecurityLimits())
        check_fit(cash)
        with self._parts.database.read() as tx:
            own = self._desk.own(tx, application)
        near = (own.card.birth.replace("-", "") if own.card else "", own.mobile)
        if any(cash in number for number in near if number):
            raise Invalid("cash_password.unfit", digits=6)
        hashed = await self._parts.passwords.hash(password)
        cash_hashed = await self._parts.passwords.hash(cash)

        def keep() -> Application:
            with self._parts.database.transaction(APPLICANT) as tx:
                one, own = self._desk.at_step(tx, application, Step.PASSWORDS)
                own = msgspec.structs.replace(own, password=hashed, cash_password=cash_hashed)
                return self._desk.done(tx, one, own, Step.PASSWORDS)

        return await asyncio.to_thread(keep)

    def seconds_left(self, one: Application) -> int:
        """What the steps ahead usually take."""
        with self._parts.database.read() as tx:
            return steps.seconds_left(one, policy_on(tx))


def _codes(check: Check) -> list[str]:
    return [one.code for one in check.findings if one.outcome != Outcome.PASS]


def _changed(read: Holder, typed: CardFacts) -> tuple[str, ...]:
    names = ("name", "id_number", "sex", "nation", "birth", "address", "issuer")
    dates = ("valid_from", "valid_until")
    return tuple(
        name
        for name in (*names, *dates)
        if getattr(read, name) and getattr(read, name) != getattr(typed, name)
    )
