"""All checks of an applicant together."""

from __future__ import annotations

from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.verification import store
from yunquan.verification.service.cards import CardChecks
from yunquan.verification.service.faces import PROVING, FaceChecks, Known
from yunquan.verification.service.films import FilmChecks
from yunquan.verification.service.parts import VerificationParts
from yunquan.verification.service.phone import PhoneCodes
from yunquan.verification.service.police import PoliceChecks
from yunquan.verification.types import Check


class Verification:
    """The office of identity: phone, cards, police, faces, voices and films. proofs: clients' faces
    once more.
    """

    def __init__(self, parts: VerificationParts) -> None:
        self.phone = PhoneCodes(parts)
        self.cards = CardChecks(parts)
        self.police = PoliceChecks(parts)
        self.faces = FaceChecks(parts)
        self.films = FilmChecks(parts, self.faces)
        self.proofs = FaceChecks(parts, PROVING)
        self._parts = parts

    def known_faces(self, owner: str, name: str, id_number: str) -> Known:
        """What a face before the camera is compared with; name, id_number: as confirmed."""
        with self._parts.database.read() as tx:
            card = self.cards.face_of(tx, owner)
            return Known(card, self.police.face_of(tx, owner, name, id_number))

    def enrolled_face(self, tx: ReadTx, owner: str) -> bytes | None:
        """The face that opened an account: of the last film of its opening; None for whoever was
        looked at by a person, or came before films were made.
        """
        return self.faces.vector_of(tx, owner)

    def checks(self, tx: ReadTx, owner: str) -> list[Check]:
        """Every try of every check, oldest first."""
        return store.checks_of(tx, owner)

    def newest(self, tx: ReadTx, owner: str) -> dict[str, Check]:
        """The last try of each kind."""
        return {check.kind.value: check for check in store.checks_of(tx, owner)}

    def hand_over(self, tx: Tx, before: str, after: str) -> None:
        """What was checked of an application is its client's from now on."""
        store.change_owner(tx, before, after)
