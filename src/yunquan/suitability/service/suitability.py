"""Asking, scoring and keeping the questionnaire; matching products; confirming mismatches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from yunquan.clients import Sealing, known_of
from yunquan.clients.types import ClientId
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.security import record_look
from yunquan.suitability import events, store
from yunquan.suitability.rules import matching, prefill, questionnaire, scoring, timing
from yunquan.suitability.rules.questionnaire import body_of, canonical, sm3, text_body
from yunquan.suitability.types import (
    LEVELS,
    AskAgain,
    AskedAgainId,
    Assessment,
    AssessmentId,
    Contradiction,
    Evidence,
    Known,
    Matching,
    Mismatch,
    MismatchId,
    Prefilled,
    QuestionnaireVersion,
    QuestionnaireView,
    QuestionView,
    Retake,
    RiskClass,
    Said,
    Score,
    Trace,
    Verdict,
    Warning,
)

LONGEST_KEY: Final = 80
_NOTHING: Final = Known()
_UNSEEN: Final = Trace()
_SHOWN: Final = tuple[str, str, tuple[QuestionView, ...]]
_answers: Final = msgspec.json.Decoder(tuple[str, dict[str, tuple[str, ...]], Trace])


class Suitability:
    """The office of the questionnaire. today: the trading day of now."""

    def __init__(
        self, database: Database, catalogue: Catalogue, sealing: Sealing, today: Callable[[], str]
    ) -> None:
        self.database = database
        self.catalogue = catalogue
        self.sealing = sealing
        self.vault = sealing.vault
        self.today = today
        self.firm = store.load_firm_rows()
        self.versions = store.load_questionnaires()

    # --- asking ---

    def version(self, day: str = "") -> QuestionnaireVersion:
        """The one of a day, "" for today. Raises NotFound suitability.no_questionnaire."""
        day = day or self.today()
        found = questionnaire.version_on(self.versions, day)
        if found is None:
            raise NotFound("suitability.no_questionnaire", day=day)
        return found

    def questionnaire(self, locale: str, day: str = "") -> QuestionnaireView:
        """As it is to be shown; its digest is handed back with the answers."""
        return questionnaire.view_of(self.version(day), locale)

    def prefilled(self, birth_day: str, said: Said | None) -> tuple[Prefilled, ...]:
        """Answers to today's that are known already, and may stand on its page."""
        return prefill.prefilled_of(self.version(), birth_day, said, self.today())

    def retake(self, tx: ReadTx, owner: str, person: str = "") -> Retake:
        """Whether, and when, it may be answered again."""
        day = self.today()
        since = timing.months_after(day, -timing.YEAR_MONTHS)
        made = store.made_by(tx, person or self._who(tx, owner)[1], since)
        return timing.retake_of(made, day, tx.now_ms(), self.firm)

    # --- answering ---

    def assess(
        self,
        tx: Tx,
        owner: str,
        answers: Mapping[str, tuple[str, ...]],
        shown_digest: str,
        key: str,
        *,
        trace: Trace = _UNSEEN,
        known: Known = _NOTHING,
    ) -> Assessment | AskAgain:
        """Score the answers and keep them with what was shown; the same key again is the same
        assessment. Contradicting answers come back as AskAgain, once kept, and count as none.

        Raises Invalid suitability.* for what isn't answered, Conflict suitability.shown_changed
        where another questionnaire is asked by now, suitability.most_a_day, most_a_year,
        cooling_down (another device may have answered), command.reused.
        """
        given = {question: tuple(ticks) for question, ticks in answers.items()}
        body = sm3(canonical([given, shown_digest]))
        birth_day, person = self._who(tx, owner, known)
        _check_key(key)
        store.take_turn(tx, person)
        if earlier := store.find_request(tx, owner, key):
            return _same_body(earlier, body, key)
        view = self._shown(shown_digest)
        version, day = self.version(), self.today()
        refused = questionnaire.check_answers(version, given)
        if refused := refused or questionnaire.check_trace(version, trace):
            raise Invalid(refused.code, **refused.facts)
        retake = self.retake(tx, owner, person)
        if retake.code:
            raise Conflict(retake.code, minutes=-(-retake.wait_s // 60))
        found = scoring.contradictions(version, given, birth_day, day)
        open_ones = [one for one in found if not (one.may_stand and one.code in known.stands)]
        stood = sorted({one.code for one in found} & known.stands)
        settled = questionnaire.settle_prefilled(known.prefilled, given, trace)
        kept = canonical([view.digest, given, trace, stood, birth_day, settled])
        if open_ones:
            return self._ask_again(tx, owner, view, tuple(open_ones), kept)
        counted = scoring.score(version, given, self.firm, day)
        warnings = timing.warnings_of(view, trace, self.firm, day)
        warnings += tuple(f"stands.{code}" for code in stood)
        return self._keep(tx, owner, (person, key, body), view, counted, warnings, kept)

    def _who(self, tx: ReadTx, owner: str, known: Known = _NOTHING) -> tuple[str, str]:
        """Birth day, and by whom retakes are counted: a client's by their identity, whatever
        application they came with."""
        if owner.startswith(f"{ClientId.prefix}_"):
            return known_of(tx, ClientId(owner), self.sealing)
        return known.birth_day, known.person or store.person_of(tx, owner)

    def _shown(self, digest: str) -> QuestionnaireView:
        for locale in questionnaire.LOCALES:
            view = self.questionnaire(locale)
            if view.digest == digest:
                return view
        raise Conflict("suitability.shown_changed")

    def _ask_again(
        self,
        tx: Tx,
        owner: str,
        view: QuestionnaireView,
        found: tuple[Contradiction, ...],
        kept: bytes,
    ) -> AskAgain:
        attempt = tx.ids.new(AskedAgainId)
        codes = [one.code for one in found]
        evidence = sm3(kept)
        store.keep_text(tx, view.digest, body_of(view))
        sealed = self.vault.seal(kept.decode(), f"suitability:{attempt}")
        store.insert_asked_again(tx, attempt, owner, view.version, codes, evidence, sealed)
        fact = events.AnswersAskedAgain(
            str(attempt), owner, view.version, codes, evidence, tx.actor
        )
        tx.emit(fact)
        return AskAgain(attempt, found)

    def _keep(
        self,
        tx: Tx,
        owner: str,
        request: tuple[str, str, str],
        view: QuestionnaireView,
        counted: Score,
        warnings: tuple[str, ...],
        kept: bytes,
    ) -> Assessment:
        day = self.today()
        one = Assessment(
            id=tx.ids.new(AssessmentId),
            owner=owner,
            version=view.version,
            locale=view.locale,
            shown=view.digest,
            points=counted.points,
            class_=counted.class_,
            lowest=bool(counted.lowest),
            term_months=counted.term_months,
            sorts=counted.sorts,
            warnings=warnings,
            day=day,
            valid_until=timing.valid_until(day, self.firm),
            at_ms=tx.now_ms(),
            evidence=sm3(kept),
        )
        store.keep_text(tx, view.digest, body_of(view))
        sealed = self.vault.seal(kept.decode(), f"suitability:{one.id}")
        store.insert_assessment(tx, one, *request, sealed)
        tx.emit(
            events.RiskAssessed(
                str(one.id),
                owner,
                one.version,
                one.locale,
                one.class_.value,
                day,
                one.valid_until,
                list(warnings),
                one.shown,
                one.evidence,
                tx.actor,
            )
        )
        return one

    # --- reading ---

    def current(self, tx: ReadTx, owner: str) -> Assessment | None:
        """The newest assessment, if it still holds."""
        one = store.newest_of(tx, owner)
        return one if timing.holds(one, self.today()) else None

    def newest(self, tx: ReadTx, owner: str) -> Assessment | None:
        """The newest assessment, whether it holds or not."""
        return store.newest_of(tx, owner)

    def evidence(self, tx: Tx, assessment: str, why: str) -> Evidence:
        """What was shown, answered and seen, for a reason, which is recorded with who asked. Raises
        NotFound suitability.unknown, Invalid look.reason_needed."""
        one = store.find_assessment(tx, assessment)
        if one is None:
            raise NotFound("suitability.unknown", assessment=assessment[:40])
        record_look(tx, one.owner, "suitability", why)
        sealed = store.load_sealed(tx, assessment)
        kept = self.vault.open(sealed, f"suitability:{one.id}")
        shown = msgspec.json.decode(self.shown(tx, one.shown), type=_SHOWN)
        view = QuestionnaireView(shown[0], shown[1], one.shown, shown[2])
        whole = msgspec.json.decode(kept)
        _, answers, trace = _answers.decode(canonical(whole[:3]))
        # Evidence from before answers could stand on the page has none.
        prefilled = msgspec.convert(whole[5] if len(whole) > 5 else [], tuple[Prefilled, ...])
        return Evidence(one.id, view, answers, trace, prefilled)

    def shown(self, tx: ReadTx, digest: str) -> bytes:
        """What was shown, letter by letter. Raises NotFound suitability.unknown."""
        body = store.load_text(tx, digest)
        if body is None:
            raise NotFound("suitability.unknown", assessment=digest[:64])
        return body

    # --- matching ---

    def match(self, class_: str, product_level: str) -> Verdict:
        """The matrix alone. Raises Invalid suitability.level_unknown."""
        known = class_ in tuple(RiskClass) and product_level in LEVELS
        if not known:
            raise Invalid("suitability.level_unknown", level=f"{class_}/{product_level}"[:20])
        return self.firm.verdict(RiskClass(class_), product_level, self.today())

    def match_product(self, tx: ReadTx, owner: str, product: str) -> Matching:
        """Level, term and kind. Raises NotFound suitability.product_unknown, Conflict
        suitability.not_assessed without an assessment that holds."""
        return self._matching(self._needed(tx, owner), product)

    def _needed(self, tx: ReadTx, owner: str) -> Assessment:
        if one := self.current(tx, owner):
            return one
        raise Conflict("suitability.not_assessed")

    def _matching(self, one: Assessment, product: str) -> Matching:
        day = self.today()
        entry = self.firm.product(product, day)
        if entry is None:
            raise NotFound("suitability.product_unknown", product=product[:30])
        return matching.match_product(one, entry, self.firm, day)

    def match_all(self, one: Assessment) -> tuple[Matching, ...]:
        """The firm's whole list against an assessment."""
        day = self.today()
        return tuple(
            matching.match_product(one, product, self.firm, day)
            for product in self.firm.products(day)
        )

    def warning(self, tx: ReadTx, owner: str, product: str, locale: str) -> Warning:
        """The special risk warning to be shown before somebody may insist."""
        one = self._needed(tx, owner)
        found = self._matching(one, product)
        return self._warning(one, found, locale)

    def _warning(self, one: Assessment, found: Matching, locale: str) -> Warning:
        def text(code: str, **facts: Any) -> str:
            return self.catalogue.text(code, locale, **facts)

        listed = text("suitability.and").join(
            text(f"suitability.mismatch.{name}") for name in found.mismatches
        )
        facts = {
            "product": text(f"suitability.product.{found.product.code}"),
            "level": found.product.level,
            "class_name": one.class_.value,
            "mismatches": listed,
        }
        said = text("suitability.warning.text", **facts)
        shown = sm3(text_body(found.product.code, locale, said))
        return Warning(found.product.code, locale, said, shown)

    def confirm_mismatch(
        self,
        tx: Tx,
        owner: str,
        product: str,
        shown_digest: str,
        key: str,
        *,
        own_initiative: bool,
    ) -> Mismatch:
        """Keep that somebody insisted on a product, of their own accord, once they had read the
        warning; it holds as long as the assessment does. The same key again is the same record.

        Raises Conflict suitability.refused (lowest category), nothing_to_confirm,
        not_own_initiative, shown_changed, not_assessed, command.reused.
        """
        _check_key(key)
        store.take_turn(tx, self._who(tx, owner)[1])
        if earlier := store.find_mismatch_request(tx, owner, key):
            if (earlier.product, earlier.shown) != (product, shown_digest):
                raise Conflict("command.reused", command=key)
            return earlier
        one = self._needed(tx, owner)
        found = self._matching(one, product)
        if refused := matching.check_confirming(found, own_initiative=own_initiative):
            raise Conflict(refused.code, **refused.facts)
        warnings = [self._warning(one, found, locale) for locale in questionnaire.LOCALES]
        read = next((other for other in warnings if other.digest == shown_digest), None)
        if read is None:
            raise Conflict("suitability.shown_changed")
        made = Mismatch(
            tx.ids.new(MismatchId),
            owner,
            product,
            found.product.level,
            one.class_,
            one.id,
            found.mismatches,
            read.digest,
            read.locale,
            self.today(),
            tx.now_ms(),
        )
        store.insert_mismatch(tx, made, key)
        store.keep_text(tx, read.digest, text_body(product, read.locale, read.text))
        tx.emit(
            events.MismatchConfirmed(
                str(made.id),
                owner,
                product,
                made.level,
                made.class_.value,
                str(one.id),
                made.shown,
                made.locale,
                tx.actor,
            )
        )
        return made

    def list_mismatches(self, tx: ReadTx, owner: str, limit: int = 50) -> list[Mismatch]:
        """What somebody insisted on, newest first."""
        return store.list_mismatches(tx, owner, limit)

    # --- experience, and who it belongs to ---

    def note_experience(self, tx: Tx, owner: str, source: str, first_trade: str) -> None:
        """Keep since when somebody trades, as a source says (the depository, another firm)."""
        if store.save_experience(tx, owner, source, first_trade):
            tx.emit(events.ExperienceNoted(owner, source, first_trade, tx.actor))

    def hand_over(self, tx: Tx, before: str, after: str) -> None:
        """What belonged to an application belongs to the client; again changes nothing."""
        if store.hand_over(tx, before, after):
            tx.emit(events.OwnerChanged(before, after, tx.actor))


def _check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid("suitability.key", longest=LONGEST_KEY)


def _same_body(earlier: tuple[Assessment, str], body: str, key: str) -> Assessment:
    one, was = earlier
    if was != body:
        raise Conflict("command.reused", command=key)
    return one
