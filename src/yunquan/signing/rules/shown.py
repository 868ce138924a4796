"""Whether what is signed was shown, read and ticked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from yunquan.kernel.errors import Refused
from yunquan.signing.types import AgreementText, Shown, ShownAgreement, Signer

EVIDENCE_FORMAT: Final = "yunquan-signing-evidence-1"
# What was shown longer ago than this is shown again.
LONGEST_MS: Final = 24 * 3600 * 1000
LONGEST_WORDS: Final = 200
# Of what a device says of each paper, beside the digest.
_KEPT: Final = ("code", "version", "shown_at_ms", "read_s", "scrolled_to_end", "opened", "ticked")


def check_shown(
    texts: Sequence[AgreementText], shown: Shown, digests: Mapping[str, str], now_ms: int
) -> Refused | None:
    """Why this isn't a yes to these papers. digests: SHA-256 of each as it would be previewed."""
    seen = {one.code: one for one in shown.agreements}
    if len(seen) != len(shown.agreements) or set(seen) != {text.code for text in texts}:
        return Refused(
            "signing.not_shown", {"agreement": ", ".join(sorted(set(digests) - set(seen)))}
        )
    if (
        not shown.otp
        or max(map(len, (shown.otp, shown.device, shown.address, shown.session))) > LONGEST_WORDS
    ):
        return Refused("signing.not_confirmed")
    for text in texts:
        if refused := _check_one(text, seen[text.code], digests[text.code]):
            return refused
        age_ms = now_ms - seen[text.code].shown_at_ms
        if not 0 <= age_ms <= LONGEST_MS or not 0 <= now_ms - shown.confirmed_at_ms <= LONGEST_MS:
            return Refused("signing.shown_too_long_ago", {"agreement": text.code})
    return None


def _check_one(text: AgreementText, seen: ShownAgreement, digest: str) -> Refused | None:
    told = {"agreement": text.code}
    if seen.version != text.version or seen.digest != digest:
        return Refused("signing.not_what_was_shown", told)
    if (text.must_scroll and not seen.scrolled_to_end) or seen.read_s < text.least_s:
        return Refused("signing.not_read", told | {"seconds": text.least_s})
    if set(text.ticks) - set(seen.ticked):
        return Refused("signing.not_ticked", told)
    return None


def evidence_of(
    signer: Signer, shown: Shown, titles: Mapping[str, str], key: str, at_ms: int
) -> dict[str, Any]:
    """The record of how the signature came about, which each paper names by its digest."""
    return {
        "format": EVIDENCE_FORMAT,
        "request": key,
        "owner": signer.owner,
        "signer": {"name": signer.name, "id": signer.id_masked, "id_digest": signer.id_digest},
        "locale": signer.locale,
        "day": signer.day,
        "signed_at_ms": at_ms,
        "confirmed_at_ms": shown.confirmed_at_ms,
        "otp": shown.otp,
        "device": shown.device,
        "address": shown.address,
        "session": shown.session,
        "papers": [
            {"title": titles[one.code], "preview_sha256": one.digest}
            | {name: getattr(one, name) for name in _KEPT}
            for one in shown.agreements
        ],
    }
