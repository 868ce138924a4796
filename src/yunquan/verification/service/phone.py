"""One-time codes by short message: sent under a serial, counted before they are compared."""

from __future__ import annotations

import secrets

from yunquan.clients.rules import mask_middle
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, Refused, Unavailable
from yunquan.kernel.offices import NO_ANSWER, NOT_SENT
from yunquan.verification import events, store
from yunquan.verification.rules import codes
from yunquan.verification.rules.codes import KeptCode
from yunquan.verification.service.parts import VerificationParts, limits_on
from yunquan.verification.types import CodeSent, Purpose, SmsReceipt, SmsState

TEMPLATE = "opening_code"


class PhoneCodes:
    """The office of one-time codes."""

    def __init__(self, parts: VerificationParts) -> None:
        self._parts = parts

    def digest_of(self, mobile: str) -> str:
        """Under which a number is found again."""
        return codes.mobile_digest(self._parts.sealing.digest_key, mobile)

    def send(self, mobile: str, purpose: Purpose, locale: str, network: str) -> CodeSent:
        """Send a code; the one before is worth nothing from now on.

        Raises Invalid client.mobile_malformed, sms.*, Conflict verification.code_too_soon,
        code_too_often, Unavailable verification.code_not_sent.
        """
        if refused := codes.check_mobile(mobile):
            raise Invalid(refused.code, **refused.facts)
        key = self._parts.sealing.digest_key
        serial = f"otp-{secrets.token_hex(12)}"
        with self._parts.database.transaction("applicant") as tx:
            limits = limits_on(tx)
            code = str(secrets.randbelow(10 ** limits.number("code_digits")))
            code = code.rjust(limits.number("code_digits"), "0")
            found = self.digest_of(mobile)
            near = codes.mobile_digest(key, f"network:{network}") if network else ""
            sent = store.count_sent(tx, found, near, tx.now_ms())
            if refused := codes.check_sending(sent, tx.now_ms(), limits):
                raise Conflict(refused.code, **refused.facts)
            digest = codes.code_digest(key, serial, code)
            store.insert_code(
                tx, KeptCode(serial, found, purpose.value, digest, tx.now_ms(), 0, 0), near
            )
        minutes = limits.number("code_minutes")
        receipt = self._ask(serial, mobile, {"code": code, "minutes": str(minutes)}, locale)
        if receipt is not None and receipt.state is SmsState.REFUSED:
            self._forget(serial)
            raise Invalid(receipt.code or "sms.not_in_service")
        return CodeSent(mask_middle(mobile, 3, 4), limits.number("code_again_s"), minutes)

    def _ask(
        self, serial: str, mobile: str, facts: dict[str, str], locale: str
    ) -> SmsReceipt | None:
        """None: nobody knows whether it went out. A serial goes out once: asking twice is safe."""
        for last in (False, True):
            try:
                return self._parts.sms.send(serial, mobile, TEMPLATE, facts, locale)
            except Unavailable as trouble:
                if not last:
                    continue
                if trouble.code == NO_ANSWER:
                    return None
                self._forget(serial)
                code = "verification.code_not_sent"
                raise Unavailable(code, reason=trouble.code) from trouble
        raise AssertionError(NOT_SENT)

    def _forget(self, serial: str) -> None:
        with self._parts.database.transaction("applicant") as tx:
            store.forget_code(tx, serial)

    def confirm(self, mobile: str, purpose: Purpose, code: str) -> str:
        """Whoever asks holds this phone: the serial of the code, as a receipt. A code is used once.

        Raises Forbidden verification.code_none, code_late, code_spent, code_wrong.
        """
        key, found = self._parts.sealing.digest_key, self.digest_of(mobile)
        with self._parts.database.transaction("applicant") as tx:
            kept = store.count_try(tx, found, purpose.value)
            given = codes.code_digest(key, kept.serial, code.strip()[:12]) if kept else ""
            refused = codes.check_code(kept, given, tx.now_ms(), limits_on(tx))
            if not refused and kept and not store.use_code(tx, kept.serial, tx.now_ms()):
                refused = Refused("verification.code_none")
            if not refused and kept:
                tx.emit(events.CodeConfirmed(found, purpose.value, kept.serial))
        # Outside the transaction: the try that was counted stays counted.
        if refused or kept is None:
            assert refused
            raise Forbidden(refused.code, **refused.facts)
        return kept.serial

    def tell(
        self, serial: str, mobile: str, template: str, facts: dict[str, str], locale: str
    ) -> SmsReceipt:
        """A message of another template, once for its serial. Raises Unavailable office.*."""
        return self._parts.sms.send(serial, mobile, template, facts, locale)
