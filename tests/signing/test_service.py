"""All of a set or none, once, and exactly what was shown; and authorities that fail."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.signing.office import ACTOR, ALL, DAY, FACTS, SIGNER, Office, english, make_office
from yunquan.archive.types import DocumentFilter
from yunquan.kernel.clock import ManualClock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault
from yunquan.signing import HouseKeys, OwnCa, load_house_keys
from yunquan.signing.types import CertificateWish, IssuedCertificate, SignedSet


def sign(office: Office, key: str = "one", **more: Any) -> SignedSet:
    signer, codes = more.get("signer", SIGNER), more.get("codes", ALL)
    seen = more.get("seen") or office.shown(signer, codes)
    return office.signing.sign(ACTOR, key, signer, codes, seen)


def events(database: Database) -> bytes:
    with database.read() as tx:
        return b"".join(record.body for record in read_records(tx.connection, "rooms", 1))


def test_all_papers_signed_sealed_and_archived(office: Office) -> None:
    made = sign(office)
    assert tuple(one.code for one in made.documents) == ALL
    assert made.signer_masked == "林*舟"
    previews = {
        code: office.signing.preview(
            code,
            "zh_CN",
            {**FACTS, "name": SIGNER.name, "id_masked": SIGNER.id_masked, "day": DAY},
        )
        for code in ALL
    }
    for one in made.documents:
        assert one.pdf.startswith(previews[one.code]), "what was shown is where the file begins"
        report = office.verifier.verify(one.pdf)
        assert (report.holds, report.known, report.level) == (True, True, "B-LTA")
        assert (report.signer, report.verify_code) == ("林*舟", one.verify_code)
        assert report.certificate == made.certificate
        assert report.sealed_at_ms == report.signed_at_ms == made.signed_at_ms
        with office.database.read() as tx:
            assert office.archive.read(tx, one.document) == one.pdf
    assert len({one.verify_code for one in made.documents}) == len(ALL)


def test_found_again_in_the_archive(office: Office) -> None:
    made = sign(office)
    page = office.archive.find(DocumentFilter(client="app_1", kind="agreement", text="风险揭示书"))
    assert [line.id for line in page.items] == [made.documents[5].document]
    code = made.documents[2].verify_code
    page = office.archive.find(DocumentFilter(text=code))
    assert [line.id for line in page.items] == [made.documents[2].document]
    assert len(office.archive.find(DocumentFilter(text="林小舟")).items) == len(ALL) + 1


def test_the_evidence_is_kept_and_named_by_every_paper(office: Office) -> None:
    made = sign(office)
    with office.database.read() as tx:
        evidence = office.archive.read(tx, made.evidence)
    told = json.loads(evidence)
    assert (told["otp"], told["device"], told["address"]) == (
        "otp_1",
        "Chrome, Android",
        "203.0.113.7",
    )
    assert [one["code"] for one in told["papers"]] == list(ALL)
    named = hashlib.sha256(evidence).hexdigest()
    for one, paper in zip(made.documents, told["papers"], strict=True):
        assert office.verifier.verify(one.pdf).evidence == named
        length = one.pdf.index(b"%%EOF") + 5
        shown = next(
            size
            for size in (length, length + 1, length + 2)
            if hashlib.sha256(one.pdf[:size]).hexdigest() == paper["preview_sha256"]
        )
        assert shown < len(one.pdf)


def test_the_certificate_bears_no_number_and_lives_for_minutes(office: Office) -> None:
    made = sign(office, codes=("risk",))
    pdf = made.documents[0].pdf
    assert b"990101" not in pdf
    assert SIGNER.id_digest.encode() not in events(office.database)
    assert SIGNER.name.encode() not in events(office.database)
    issued = OwnCa(office.keys, office.database.clock.now)
    assert issued.crls()
    hexed = pdf[pdf.index(b"/Contents <") + 11 :].split(b">")[0]
    der = bytes.fromhex(hexed.decode())
    start = der.index(bytes.fromhex(f"{int(made.certificate, 16):040x}").lstrip(b"\x00"))
    assert start > 0
    certificate = certificate_in(der, int(made.certificate, 16))
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(
        minutes=16
    )
    names = {one.oid: one.value for one in certificate.subject}
    assert names[NameOID.COMMON_NAME] == SIGNER.name
    assert names[NameOID.SERIAL_NUMBER] == SIGNER.id_digest


def certificate_in(cms: bytes, serial: int) -> x509.Certificate:
    content = asn1.ContentInfo.load(cms)["content"]
    (found,) = [
        one.chosen.dump() for one in content["certificates"] if one.chosen.serial_number == serial
    ]
    return x509.load_der_x509_certificate(found)


def test_english_is_a_reading_copy_beside_the_text_of_law(office: Office) -> None:
    made = sign(office, signer=english(), codes=("risk",))
    assert office.verifier.verify(made.documents[0].pdf).holds
    assert made.documents[0].title == "证券交易风险揭示书"
    one = next(one for one in office.signing.agreements("en", DAY) if one.code == "risk")
    assert one.title == "Risk Disclosure"
    assert one.ticks[1].text.startswith("I bear the risks")


def test_the_same_key_again_is_the_same_set(office: Office) -> None:
    first = sign(office)
    assert sign(office) == first
    assert sign(office, "two") != first
    with pytest.raises(Conflict, match=r"signing\.reused"):
        sign(office, codes=("risk",))
    with pytest.raises(Conflict, match=r"signing\.reused"):
        sign(office, signer=replace(SIGNER, owner="app_2"))
    assert office.signing.load_set(f"{ACTOR}:one") == first
    with pytest.raises(NotFound, match=r"signing\.unknown"):
        office.signing.load_set("nobody:one")


def test_a_double_tap_signs_once(office: Office) -> None:
    seen, gate = office.shown(codes=("risk",)), threading.Barrier(3)

    def tap(_: int) -> SignedSet:
        gate.wait(20)
        return sign(office, "tap", codes=("risk",), seen=seen)

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(tap, range(3)))
    assert len({one.id for one in made}) == 1
    assert len({one.documents[0].sha256 for one in made}) == 1
    assert len(office.archive.find(DocumentFilter(kind="agreement")).items) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"digest": "0" * 64}, "signing.not_what_was_shown"),
        ({"scrolled_to_end": False}, "signing.not_read"),
        ({"ticked": ()}, "signing.not_ticked"),
    ],
)
def test_what_was_not_shown_is_not_signed(office: Office, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        sign(office, seen=office.shown(**more))
    assert office.archive.find(DocumentFilter()).items == ()


def test_a_fact_that_changed_since_is_shown_again(office: Office) -> None:
    seen = office.shown()
    other = replace(SIGNER, facts={**FACTS, "bank": "另一家模拟银行"})
    with pytest.raises(Invalid, match=r"signing\.not_what_was_shown"):
        office.signing.sign(ACTOR, "one", other, ALL, seen)
    with pytest.raises(Invalid, match=r"signing\.fact_missing"):
        office.signing.sign(ACTOR, "one", replace(SIGNER, facts={}), ALL, seen)


@pytest.mark.parametrize("name", ["𠮷野𣘺", "O'Brien <script>", '#import "x"', "林" * 60])
def test_odd_names(office: Office, name: str) -> None:
    made = sign(office, signer=replace(SIGNER, name=name), codes=("risk",))
    assert office.verifier.verify(made.documents[0].pdf).holds


def test_handed_over(office: Office) -> None:
    made = sign(office, codes=("risk",))
    with office.database.transaction() as tx:
        assert office.signing.hand_over(tx, "app_1", "cli_1") == 1
        assert office.archive.hand_over(tx, "app_1", "cli_1") == 2
        assert office.signing.hand_over(tx, "app_1", "cli_1") == 0
    assert [one.id for one in office.signing.sets_of("cli_1")] == [made.id]
    assert sign(office, codes=("risk",), seen=office.shown(codes=("risk",))).id == made.id


def test_keys_are_made_once_and_lie_sealed(tmp_path: Path) -> None:
    clock, vault, path = ManualClock(), Sm4Vault(b"k" * 16), tmp_path / "keys" / "signing.keys"

    def load(_: int) -> HouseKeys:
        return load_house_keys(path, vault, "云泉证券", clock.now)

    with ThreadPoolExecutor(4) as pool:
        made = {one.root.der() for one in pool.map(load, range(4))}
    assert len(made) == 1
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["signing.keys"]
    assert b"PRIVATE" not in path.read_bytes()
    with pytest.raises(Unavailable, match=r"vault\.unreadable"):
        load_house_keys(path, Sm4Vault(b"x" * 16), "云泉证券", clock.now)


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\nb"])
def test_names_that_are_none(office: Office, name: str) -> None:
    seen = office.shown(codes=("risk",))
    with pytest.raises(Invalid, match=r"signing\.name"):
        sign(office, signer=replace(SIGNER, name=name), codes=("risk",), seen=seen)


# --- an authority outside, with faults


class OutsideCa:
    """Certifies like ours, but for one fault: down, slow, another's name, expired, another key, of
    an authority that nobody trusts, no certificate at all.
    """

    def __init__(self, fault: str, clock: ManualClock, folder: Path) -> None:
        self.fault, self.clock, self.release = fault, clock, threading.Event()
        vault, keys = Sm4Vault(b"k" * 16), folder / "keys" / "signing.keys"
        if fault == "stranger":
            keys = folder / "other.keys"
        self.ca = OwnCa(load_house_keys(keys, vault, "云泉证券", clock.now), clock.now)
        self.asked = 0

    def issue(self, wish: CertificateWish) -> IssuedCertificate:
        self.asked += 1
        fault, self.fault = self.fault, self.fault if self.asked < 2 else ""
        if fault == "down":
            raise Unavailable("signing.ca_down")
        if fault == "slow":
            self.release.wait(30)
        if fault == "name":
            wish = replace(wish, name="别人")
        if fault == "expired":
            day = timedelta(days=1)
            now_ms = to_ms(self.clock.now() - day)
            wish = replace(wish, from_ms=now_ms, until_ms=now_ms + 1000)
        if fault == "key":
            other = ec.generate_private_key(ec.SECP256R1())
            request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
            signed = request.sign(other, hashes.SHA256()).public_bytes(Encoding.DER)
            wish = replace(wish, request=signed)
        issued = self.ca.issue(wish)
        return replace(issued, certificate=b"none") if fault == "nonsense" else issued


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("down", "signing.ca_down"),
        ("slow", "signing.ca_slow"),
        ("name", "signing.certificate_wrong"),
        ("expired", "signing.certificate_wrong"),
        ("key", "signing.certificate_wrong"),
        ("nonsense", "signing.certificate_wrong"),
    ],
)
def test_an_authority_with_a_fault_signs_nothing_and_is_asked_again(
    new_database: Any, clock: ManualClock, tmp_path: Path, fault: str, code: str
) -> None:
    authority = OutsideCa(fault, clock, tmp_path)
    office = make_office(new_database("sqlite"), tmp_path, authority, 0.2 if fault == "slow" else 5)
    with pytest.raises(Unavailable, match=code):
        sign(office, codes=("risk",))
    authority.release.set()
    authority.fault = ""
    assert office.archive.find(DocumentFilter()).items == ()
    made = sign(office, codes=("risk",))
    assert office.verifier.verify(made.documents[0].pdf).holds


def test_an_authority_that_nobody_trusts(
    new_database: Any, clock: ManualClock, tmp_path: Path
) -> None:
    office = make_office(new_database("sqlite"), tmp_path, OutsideCa("stranger", clock, tmp_path))
    with pytest.raises(Unavailable, match=r"signing\.certificate_wrong"):
        sign(office, codes=("risk",))
    assert office.archive.find(DocumentFilter()).items == ()
