"""Puts account opening together: every office an application needs, for web and jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yunquan.app.links import archive, sealing, signing
from yunquan.app.locale import catalogue
from yunquan.app.settings import Settings
from yunquan.archive import Archive
from yunquan.depository import Depository, DepositorySocket, Settling
from yunquan.funding import Bank
from yunquan.kernel.offices import Offices
from yunquan.kernel.transaction import Database
from yunquan.market import load_calendar
from yunquan.market.rules.calendar import LONGEST_CLOSURE_DAYS
from yunquan.onboarding import Onboarding, OnboardingParts
from yunquan.papers import Papers
from yunquan.screening import ListsSocket, Screening, load_rule_rows, make_shortlist
from yunquan.security import Argon2Passwords
from yunquan.security.types import HashParameters
from yunquan.signing import Signing
from yunquan.suitability import Suitability
from yunquan.verification import PoliceSocket, SmsSocket, Verification, VerificationParts
from yunquan.vision import NoRecogniser, PoolVision, Vision, distance
from yunquan.witness import FilmEyes, Witness

# Shenzhen's custody unit 托管单元 of the demonstration's firm.
CUSTODY_UNIT = "390001"

logger = logging.getLogger("yunquan.opening")


@dataclass(frozen=True, slots=True)
class OpeningOffices:
    """The offices of account opening, made once a process."""

    onboarding: Onboarding
    screening: Screening
    depository: Depository
    witness: Witness
    archive: Archive
    signing: Signing
    settling: Settling


def opening_offices(
    settings: Settings,
    database: Database,
    suitability: Suitability,
    vision: Vision,
    banks: Mapping[str, Bank],
) -> OpeningOffices:
    """All of them. banks: none where nobody binds one, as in the process of jobs."""
    offices, sealed = Offices(settings.offices_address, settings.member), sealing(settings)
    documents = archive(settings, database)
    signatures = signing(settings, database, documents)
    rows = load_rule_rows()
    screening = Screening(
        database, sealed, ListsSocket(offices), rows, distance, make_shortlist(distance)
    )
    depository = Depository(
        database, DepositorySocket(offices), sealed, settings.member, CUSTODY_UNIT
    )
    verification = Verification(
        VerificationParts(
            database,
            sealed,
            documents,
            vision,
            PoliceSocket(offices),
            SmsSocket(offices),
            NoRecogniser(),
        )
    )
    witness = witness_office(settings, database, documents, verification)
    parts = OnboardingParts(
        database,
        sealed,
        catalogue(),
        documents,
        verification,
        suitability,
        screening,
        witness,
        signatures,
        Papers(catalogue()),
        depository,
        banks,
        Argon2Passwords(HashParameters()),
    )
    return OpeningOffices(
        Onboarding(parts),
        screening,
        depository,
        witness,
        documents,
        signatures,
        Settling(database, depository),
    )


def witness_office(
    settings: Settings, database: Database, documents: Archive, verification: Verification
) -> Witness:
    """Whose films the vision process looks at before a person does."""
    return Witness(
        database,
        documents,
        settings.data / "recordings",
        sealing(settings).vault,
        lambda day: trades(database, day),
        eyes=FilmEyes(verification),
        hours=settings.witness_hours,
    )


def warm(vision: PoolVision, screening: Screening) -> None:
    """Have ready what the first applicant would wait seconds for: the processes that look at
    pictures with their models, and the faces that a new one is compared with. Slow.
    """
    began = time.monotonic()
    facts = {"vision": vision.warm(), "faces": screening.faces.warm()}
    took_ms = round((time.monotonic() - began) * 1000)
    logger.info("ready for applicants", extra=facts | {"took_ms": took_ms})


def trades(database: Database, day: str) -> bool:
    """Whether the exchanges trade on a day, as far as is known. Asked often: of the whole calendar
    only the days are read that can say something of this one.
    """
    near = timedelta(days=LONGEST_CLOSURE_DAYS)
    first, last = (date.fromisoformat(day) + apart for apart in (-near, near))
    with database.read() as tx:
        return load_calendar(tx, first.isoformat(), last.isoformat()).is_trading_day(day)
