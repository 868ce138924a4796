"""Signing the agreements hands the application in: screened, its papers checked, queued."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from yunquan.clients import rules as client_rules
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.residents import age_on
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.onboarding import store
from yunquan.onboarding.rules import details
from yunquan.onboarding.service.opening_papers import papers_of
from yunquan.onboarding.service.parts import Desk, policy_on
from yunquan.onboarding.types import Application, Particulars, State, Step, Way
from yunquan.screening.types import Device, Profile, Subject
from yunquan.screening.types import Verdict as Screened
from yunquan.signing.types import Agreement, Sheet, Shown, ShownAgreement, Signer
from yunquan.suitability.types import Assessment
from yunquan.suitability.types import Verdict as Suits
from yunquan.verification.types import CodeSent, Outcome, Purpose

# What an account of this firm is for, as the firm's list of products has it.
PRODUCT = "main_share"
APPLICANT = "applicant"
# Outcomes of a check after which a person looks.
_UNSURE = (Outcome.HUMAN, Outcome.REFUSE)


class Submitting:
    """Agreements, and what follows from them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    def agreements(self, locale: str) -> tuple[Agreement, ...]:
        """Everything that is signed, in its order."""
        with self._parts.database.read() as tx:
            return self._parts.signing.agreements(locale, tx.today())

    def preview(self, application: str, code: str, locale: str) -> tuple[bytes, str]:
        """A paper as it will be signed, and the digest to hand back with the yes to it."""
        pdf = self._parts.signing.preview(code, locale, self._filled(application, locale))
        return pdf, hashlib.sha256(pdf).hexdigest()

    def papers(self, application: str, locale: str) -> tuple[tuple[Agreement, Sheet, str], ...]:
        """Everything that is signed, each with its words and the digest of its preview."""
        facts, signing = self._filled(application, locale), self._parts.signing
        return tuple(
            (
                one,
                signing.sheet(one.code, locale, facts),
                hashlib.sha256(signing.preview(one.code, locale, facts)).hexdigest(),
            )
            for one in signing.agreements(locale, facts["day"])
        )

    def _filled(self, application: str, locale: str) -> dict[str, str]:
        with self._parts.database.read() as tx:
            signer = self._signer(tx, application, locale)
        known = {"name": signer.name, "id_masked": signer.id_masked, "day": signer.day}
        return known | dict(signer.facts)

    def mismatch(self, application: str, locale: str) -> tuple[str, str]:
        """The special warning to somebody whom shares don't suit, and its digest; ("", "") where
        they do. Raises Conflict onboarding.lowest_category for whom they are forbidden.
        """
        suitability = self._parts.suitability
        with self._parts.database.read() as tx:
            suits = suitability.match_product(tx, application, PRODUCT).verdict
            if suits is Suits.REFUSE:
                raise Conflict("onboarding.lowest_category")
            if suits is Suits.OK:
                return "", ""
            warning = suitability.warning(tx, application, PRODUCT, locale)
        return warning.text, warning.digest

    def send_code(self, application: str, locale: str, network: str) -> CodeSent:
        """The code that confirms the signature. Raises as `PhoneCodes.send`."""
        with self._parts.database.transaction(APPLICANT) as tx:
            _, own = self._desk.at_step(tx, application, Step.AGREEMENTS)
        return self._parts.verification.phone.send(own.mobile, Purpose.SIGN, locale, network)

    def sign(
        self,
        application: str,
        key: str,
        locale: str,
        seen: Sequence[ShownAgreement],
        code: str,
        warned: str = "",
        *,
        own_initiative: bool = False,
    ) -> Application:
        """Sign everything and hand in. The same key again tells where it stands.

        warned: digest of the special warning. Raises Invalid signing.*, Conflict onboarding.*,
        suitability.*, Forbidden verification.code_*, Unavailable signing.*: nothing is lost.
        """
        parts = self._parts
        with parts.database.read() as tx:
            one, own = self._desk.load(tx, application), self._desk.own(tx, application)
            if one.state is not State.FILLING and Step.AGREEMENTS in one.done:
                return one
            now_ms = tx.now_ms()
        with parts.database.transaction(APPLICANT) as tx:
            self._desk.at_step(tx, application, Step.AGREEMENTS)
            signer = self._signer(tx, application, locale)
        if self.mismatch(application, locale)[0] and not (warned and own_initiative):
            raise Conflict("suitability.not_own_initiative")
        receipt = parts.verification.phone.confirm(own.mobile, Purpose.SIGN, code)
        codes = [one.code for one in self.agreements(locale)]
        shown = Shown(
            tuple(seen), own.user_agent[:120], own.network[:60], application, receipt, now_ms
        )
        # Of this round and of these facts: an old signature is none under papers that changed.
        asked = hashlib.sha256(msgspec.json.encode([key, one.round, signer.facts])).hexdigest()
        made = parts.signing.sign(f"applicant:{application}", asked, signer, codes, shown)
        with parts.database.transaction(APPLICANT) as tx:
            one, own = self._desk.at_step(tx, application, Step.AGREEMENTS)
            if warned:
                parts.suitability.confirm_mismatch(
                    tx, application, PRODUCT, warned, f"{key[:60]}-own", own_initiative=True
                )
            one = self._desk.done(tx, one, None, Step.AGREEMENTS, str(made.id))
            return self._hand_in(tx, one, own)

    def _signer(self, tx: ReadTx, application: str, locale: str) -> Signer:
        own = self._desk.own(tx, application)
        one = self._parts.suitability.current(tx, application)
        if own.card is None or not own.bank_account or one is None:
            raise Conflict("onboarding.step_order", step=Step.AGREEMENTS.value)
        digest = client_rules.identity_digest(self._parts.sealing.digest_key, own.card.id_number)
        masked = client_rules.mask_middle(own.card.id_number, 3, 2)
        facts = self._facts(own, one, locale)
        return Signer(application, own.card.name, masked, digest, locale, tx.today(), facts)

    def _facts(self, own: Particulars, one: Assessment, locale: str) -> dict[str, str]:
        def say(code: str) -> str:
            return self._parts.catalogue.text(code, locale)

        suitability = self._parts.suitability
        found = next(m for m in suitability.match_all(one) if m.product.code == PRODUCT)
        return {
            "bank": say(f"bank.{own.bank}"),
            "bank_account_masked": client_rules.mask_middle(own.bank_account, 4, 4),
            "class": one.class_.value,
            "class_valid_until": one.valid_until,
            "product_level": found.product.level,
            "match": say(f"onboarding.match.{found.verdict.value}"),
            "tax": say(f"onboarding.tax.{own.details.tax if own.details else ''}"),
        }

    # --- handing in

    def _hand_in(self, tx: Tx, one: Application, own: Particulars) -> Application:
        parts = self._parts
        assert own.card is not None
        assert own.details is not None
        day = tx.today()
        age = age_on(own.card.birth, day)
        face = parts.verification.faces.vector_of(tx, one.id) if one.way is Way.FACE else None
        result = parts.screening.screen(
            tx, str(one.id), _subject(own), _profile(own, age), _device(own), face
        )
        assessed = parts.suitability.current(tx, one.id)
        found = parts.papers.check_opening(tx, papers_of(parts, tx, one, own, assessed, day))
        flags = [*details.flags_of(own.details, own.card, age)]
        flags += ["by_person"] if one.way is Way.PERSON else []
        flags += ["screened"] if result.verdict is Screened.HUMAN else []
        flags += ["papers"] if any(f.severity == "error" for f in found) else []
        checks = parts.verification.newest(tx, one.id)
        flags += [f"{kind}_unsure" for kind, check in checks.items() if check.outcome in _UNSURE]
        one = replace(one, grade=result.grade.value, flags=tuple(dict.fromkeys(flags)))
        if result.verdict is Screened.REFUSE:
            now = self._desk.move(tx, one, State.REFUSED, result.told, decided_at_ms=tx.now_ms())
            store.close_doors(tx, one.id)
            return now
        minutes = policy_on(tx).number("review_minutes")
        now = self._desk.move(
            tx,
            one,
            State.REVIEW,
            submitted_at_ms=tx.now_ms(),
            due_at_ms=tx.now_ms() + minutes * 60_000,
        )
        store.set_waiting(tx, one.id, "first", "")
        return now


def _subject(own: Particulars) -> Subject:
    assert own.card is not None
    return Subject(own.card.name, own.card.id_number, own.card.birth)


def _profile(own: Particulars, age: int) -> Profile:
    assert own.details is not None
    assert own.card is not None
    abroad = {"cn": ("cn",), "abroad": ("other",), "both": ("cn", "other")}
    told = own.details
    residency, region = abroad[told.tax], own.card.id_number[:6]
    return Profile(age, told.occupation, told.source_of_funds, residency, region)


def _device(own: Particulars) -> Device:
    return Device(
        device=own.device,
        mobile=own.mobile,
        address=own.details.address if own.details else "",
        bank_card=own.bank_account,
        network=own.network,
        user_agent=own.user_agent,
        touch_points=own.touch_points,
        automated=own.automated or None,
    )


def shown_of(text: str) -> tuple[ShownAgreement, ...]:
    """What a page reports of its papers. Raises Invalid onboarding.shown_malformed."""
    try:
        return msgspec.json.decode(text[:20_000], type=tuple[ShownAgreement, ...])
    except msgspec.MsgspecError:
        raise Invalid("onboarding.shown_malformed") from None
