"""Every way of meddling shows; and what wasn't ours judges ours: poppler, OpenSSL."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import shutil
import subprocess
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, pem
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import ArrayObject, NameObject, NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from tests.signing.office import ALL, SIGNER, Office
from yunquan.kernel.clock import ManualClock, to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.security import Sm4Vault
from yunquan.signing import (
    Examination,
    OwnCa,
    OwnTsa,
    SealFace,
    SealMaker,
    load_house_keys,
)
from yunquan.signing.adapters.own_tsa import stamped_at
from yunquan.signing.adapters.pades import FIELD, PaperSigner, Place, Stamper
from yunquan.signing.adapters.sm2_seal import _SealSignature, examine_seal, sm3
from yunquan.signing.service.vouching import Vouching
from yunquan.signing.types import SignedSet

Signed = tuple[Office, SignedSet]
BOX = (62, 57, 533, 176)


def risk(signed: Signed) -> bytes:
    return signed[1].documents[ALL.index("risk")].pdf


def codes(signed: Signed, pdf: bytes, seal: bytes = b"") -> set[str]:
    report = signed[0].verifier.verify(pdf, seal)
    assert report.holds is (not report.codes)
    return set(report.codes)


# --- meddling


@pytest.mark.parametrize("part", [0.02, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
def test_one_byte_changed_anywhere(signed: Signed, part: float) -> None:
    pdf = bytearray(risk(signed))
    pdf[int(len(pdf) * part)] ^= 0x01
    assert codes(signed, bytes(pdf))


def test_the_page_s_words_changed(signed: Signed) -> None:
    preview = PdfFileReader(io.BytesIO(risk(signed)))
    writer = IncrementalPdfFileWriter.from_reader(preview)
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = NumberObject(180)
    writer.update_container(page)
    assert "signing.changed_after" in codes(signed, written(writer))


def written(writer: IncrementalPdfFileWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_something_appended(signed: Signed) -> None:
    assert "signing.changed_after" in codes(signed, risk(signed) + b"\n% more")
    writer = IncrementalPdfFileWriter(io.BytesIO(risk(signed)))
    writer.root["/Lang"] = NameObject("/en")
    writer.update_root()
    found = codes(signed, written(writer))
    assert {"signing.changed_after", "signing.not_what_was_signed"} <= found


def test_a_page_added(signed: Signed) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(risk(signed)))
    empty = writer.add_object(writer.root["/Pages"]["/Kids"][0]["/Contents"].get_object())
    writer.insert_page(
        PageObject(contents=empty, media_box=ArrayObject(map(NumberObject, (0, 0, 9, 9))))
    )
    assert "signing.changed_after" in codes(signed, written(writer))


def test_the_signature_cut_off(signed: Signed) -> None:
    pdf = risk(signed)
    assert codes(signed, pdf[: pdf.index(b"%%EOF") + 6]) == {"signing.unsigned"}


def test_the_signature_taken_out_of_the_form(signed: Signed) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(risk(signed)))
    form = writer.root["/AcroForm"]
    form["/Fields"] = ArrayObject()
    writer.update_container(form)
    assert codes(signed, written(writer)) == {"signing.unsigned"}


def test_a_second_signature_by_somebody_else(signed: Signed, tmp_path: Path) -> None:
    stranger, meta = strangers_hand(tmp_path, "Another")
    writer = IncrementalPdfFileWriter(io.BytesIO(risk(signed)))
    with pytest.raises(Exception, match=r"(?i)certif|permi|signature"):
        # The first signature forbids it, and the library obeys.
        asyncio.run(signers.PdfSigner(meta, stranger).async_sign_pdf(writer))


def strangers_hand(folder: Path, field: str) -> tuple[signers.SimpleSigner, Any]:
    means = strangers_means(folder)
    hand = PaperSigner(means, OwnTsa(strangers_keys(folder), ManualClock().now))._signer
    meta = signers.PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    return hand, meta


def strangers_keys(folder: Path) -> Any:
    return load_house_keys(
        folder / "stranger.keys", Sm4Vault(b"s" * 16), "云泉证券", ManualClock().now
    )


def strangers_means(folder: Path) -> Any:
    keys, clock = strangers_keys(folder), ManualClock()
    vouching = Vouching(OwnCa(keys, clock.now), keys.root.der())
    return vouching.means(SIGNER, clock.now().replace(microsecond=0))


def test_signed_under_another_authority(signed: Signed, tmp_path: Path) -> None:
    """Same names, same form, other keys."""
    pdf = risk(signed)
    preview = pdf[: pdf.index(b"%%EOF") + 6]
    keys = strangers_keys(tmp_path)
    hand = PaperSigner(strangers_means(tmp_path), OwnTsa(keys, ManualClock().now))
    forged = hand.sign(preview, Place(BOX, preview, "r", signed[1].documents[4].verify_code))
    found = codes(signed, forged)
    assert {"signing.stranger", "signing.stamp_bad", "signing.not_what_was_signed"} <= found


def ours_but(signed: Signed, tsa: OwnTsa, *, archived: bool = True) -> bytes:
    """Our authority's certificate, another time-stamp authority, and no check before signing."""
    office, pdf = signed[0], risk(signed)
    preview = pdf[: pdf.index(b"%%EOF") + 6]
    now = office.database.clock.now
    vouching = Vouching(OwnCa(office.keys, now), office.keys.root.der())
    hand = PaperSigner(vouching.means(SIGNER, now().replace(microsecond=0)), tsa)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        validation_context=hand._context if archived else None,
        embed_validation_info=archived,
        use_pades_lta=archived,
    )
    signer = signers.PdfSigner(meta, hand._signer, timestamper=Stamper(tsa))
    writer = IncrementalPdfFileWriter(io.BytesIO(preview))
    made: Any = asyncio.run(signer.async_sign_pdf(writer, bytes_reserved=12_000))
    return made.getvalue()


def test_a_forged_time_stamp(signed: Signed, tmp_path: Path) -> None:
    tsa = OwnTsa(strangers_keys(tmp_path), ManualClock().now)
    assert "signing.stamp_bad" in codes(signed, ours_but(signed, tsa, archived=False))


def test_a_certificate_that_was_over_when_it_was_stamped(signed: Signed) -> None:
    """It proves that it was whole two hours later, when nobody could sign with it any more."""
    office = signed[0]
    now, root = office.database.clock.now, office.keys.root.der()
    late = OwnTsa(office.keys, lambda: now() + timedelta(hours=2))
    found = Examination(root).examine(ours_but(signed, late), to_ms(now() + timedelta(hours=3)))
    assert "signing.certificate_expired" in found.codes


def test_a_time_stamp_of_tomorrow(signed: Signed) -> None:
    office = signed[0]
    examination = Examination(office.keys.root.der())
    yesterday = to_ms(office.database.clock.now() - timedelta(days=1))
    assert "signing.stamp_bad" in examination.examine(risk(signed), yesterday).codes


@pytest.mark.parametrize("years", [0, 1, 5, 14])
def test_it_still_holds_after_years(signed: Signed, years: int) -> None:
    """The signer's certificate was over after a quarter of an hour."""
    office = signed[0]
    later = to_ms(office.database.clock.now() + timedelta(days=365 * years))
    found = Examination(office.keys.root.der()).examine(risk(signed), later)
    assert (found.codes, found.level) == ((), "B-LTA")


# --- the seal


def test_the_seal_of_another_paper(signed: Signed) -> None:
    other = signed[1].documents[0].seal
    assert codes(signed, risk(signed), other) == {"signing.seal_other_paper"}


def test_a_seal_with_a_byte_changed(signed: Signed) -> None:
    seal, keys = signed[1].documents[4].seal, signed[0].keys
    roots = (keys.seal_root.certificate, keys.root.der())
    for place in range(len(seal)):
        bad = bytearray(seal)
        bad[place] ^= 1
        assert examine_seal(bytes(bad), risk(signed), *roots).codes, place


def test_a_seal_of_a_stranger(signed: Signed, tmp_path: Path) -> None:
    keys = strangers_keys(tmp_path)
    now = ManualClock().now
    maker = SealMaker(keys, OwnTsa(keys, now), lambda: SealFace(b"\x89PNG", 40, 40), now)
    found = codes(signed, risk(signed), maker.seal(risk(signed)))
    assert {"signing.seal_forged", "signing.seal_stranger", "signing.seal_stamp_bad"} <= found


@pytest.mark.parametrize(
    "seal", [b"x", b"\x30\x80", b"0" * 70_000, b"\x30\x82\xff\xff" + b"\x00" * 9]
)
def test_what_is_no_seal(signed: Signed, seal: bytes) -> None:
    assert codes(signed, risk(signed), seal) == {"signing.seal_malformed"}


# --- files that want to do harm


def bomb() -> bytes:
    """An object stream of a gigabyte of blanks, packed over and over."""
    packed = zlib.compress(b" " * (64 << 20), 9)
    for _ in range(2):
        packed = zlib.compress(packed * 64, 9)
    body = (
        b"%PDF-1.7\n1 0 obj\n<</Type/XRef/W[1 2 1]/Size 3/Root 2 0 R/Filter"
        b"[/FlateDecode/FlateDecode/FlateDecode]/Length " + str(len(packed)).encode()
    )
    return body + b">>\nstream\n" + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def deep() -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"]" * 200_000 + b"\nendobj\n"
        b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
        b"trailer\n<</Root 1 0 R/Size 2>>\nstartxref\n400025\n%%EOF\n"
    )


def loop() -> bytes:
    head = b"%PDF-1.7\n"
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\n"
    return head + table + b"startxref\n9\n%%EOF\n"


HOSTILE = {
    "nothing": b"",
    "no PDF": b"<html>",
    "a head alone": b"%PDF-1.7\n",
    "noise": b"%PDF-1.7\n" + bytes(range(256)) * 400,
    "a bomb": bomb(),
    "deep": deep(),
    "a table that leads to itself": loop(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_harms_nobody(signed: Signed, name: str) -> None:
    found = codes(signed, HOSTILE[name])
    assert found <= {"signing.paper_malformed", "signing.too_heavy", "signing.unsigned"}
    assert found
    assert codes(signed, risk(signed)) == set()


def test_an_enormous_file(signed: Signed) -> None:
    with pytest.raises(Invalid, match=r"signing\.paper_too_large"):
        signed[0].verifier.verify(b"%PDF-" + b"0" * (20 << 20))


def test_what_takes_too_long_is_given_up(signed: Signed) -> None:
    office = signed[0]
    hasty = Examination(office.keys.root.der(), longest_s=0.01)
    assert hasty.examine(risk(signed), 0).codes == ("signing.too_heavy",)


ESCAPES = {
    "network": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "program": "import subprocess; subprocess.run(['true'])",
    "shell": "import os; os.system('true')",
    "writing": "open('/tmp/yunquan-escaped', 'w')",
    "descriptor": "import os; os.open('/tmp/yunquan-escaped', os.O_WRONLY | os.O_CREAT)",
    "memory": "bytearray(1 << 30)",
}


@pytest.mark.parametrize("way", ESCAPES)
def test_an_examiner_gone_bad_gets_nowhere(way: str) -> None:
    code = f"from yunquan.signing.adapters import examiner; examiner._confine(); {ESCAPES[way]}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert re.search(r"PermissionError|MemoryError", done.stderr)
    assert not Path("/tmp/yunquan-escaped").exists()


# --- by its code


def test_asked_by_its_code(signed: Signed) -> None:
    office, made = signed
    report = office.verifier.verify_code(made.documents[5].verify_code.lower())
    assert (report.holds, report.known, report.agreement) == (True, True, "证券交易风险揭示书")
    with pytest.raises(Invalid, match=r"signing\.code"):
        office.verifier.verify_code("123")
    with pytest.raises(NotFound, match=r"signing\.code_unknown"):
        office.verifier.verify_code("0" * 16)


# --- judges that aren't ours


def ranges(pdf: bytes) -> tuple[bytes, bytes]:
    """What the first signature covers, and its CMS."""
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    begin, length, second, rest = (int(part) for part in signature.byte_range)
    return pdf[begin : begin + length] + pdf[
        second : second + rest
    ], signature.pkcs7_content.rstrip(b"\0")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


@pytest.fixture
def roots(signed: Signed, tmp_path: Path) -> Path:
    keys = signed[0].keys
    for name in ("root", "issuing", "stamping"):
        one = getattr(keys, name).certificate
        (tmp_path / f"{name}.pem").write_bytes(one.public_bytes(Encoding.PEM))
    for name in ("seal_root", "seal"):
        armoured = pem.armor("CERTIFICATE", getattr(keys, name).certificate)
        (tmp_path / f"{name}.pem").write_bytes(armoured)
    return tmp_path


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler-utils is not installed")
def test_poppler_agrees(signed: Signed, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(risk(signed))
    told = run("pdfsig", "-nocert", paper).stdout
    assert "Signature is Valid." in told
    assert SIGNER.name in told
    assert "ETSI.CAdES.detached" in told
    changed = bytearray(risk(signed))
    changed[3000] ^= 1
    paper.write_bytes(bytes(changed))
    assert "Signature is Valid." not in run("pdfsig", "-nocert", paper).stdout


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_agrees_on_signature_and_time_stamp(signed: Signed, roots: Path) -> None:
    covered, signature = ranges(risk(signed))
    (roots / "covered").write_bytes(covered)
    (roots / "cms").write_bytes(signature)
    at = str(to_ms(signed[0].database.clock.now()) // 1000)
    verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", roots / "cms"]
    rest = ["-CAfile", roots / "root.pem", "-purpose", "any", "-attime", at, "-out", "/dev/null"]
    done = run(*verify, "-content", roots / "covered", *rest)
    assert done.returncode == 0, done.stderr
    (roots / "covered").write_bytes(covered + b" ")
    assert run(*verify, "-content", roots / "covered", *rest).returncode != 0
    info = cms.ContentInfo.load(signature)["content"]["signer_infos"][0]
    (token,) = [
        one["values"][0].dump()
        for one in info["unsigned_attrs"]
        if one["type"].native == "signature_time_stamp_token"
    ]
    (roots / "token").write_bytes(token)
    (roots / "signature").write_bytes(info["signature"].native)
    stamp = ["openssl", "ts", "-verify", "-token_in", "-in", roots / "token", "-attime", at]
    trust = ["-CAfile", roots / "root.pem", "-untrusted", roots / "stamping.pem"]
    done = run(*stamp, "-data", roots / "signature", *trust)
    assert "Verification: OK" in done.stdout, done.stderr
    assert "Verification: OK" not in run(*stamp, "-data", roots / "cms", *trust).stdout


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_agrees_on_the_seal(signed: Signed, roots: Path) -> None:
    paper = signed[1].documents[4]
    (roots / "paper").write_bytes(paper.pdf)
    told = run("openssl", "dgst", "-sm3", roots / "paper").stdout
    assert paper.sm3 in told
    assert sm3(paper.pdf).hex() == paper.sm3
    distinguished = "distid:1234567812345678"
    chain = run(
        *("openssl", "verify", "-no_check_time", "-vfyopt", distinguished),
        *("-CAfile", roots / "seal_root.pem", roots / "seal.pem"),
    )
    assert chain.stdout.strip().endswith("OK"), chain.stderr
    seal: Any = _SealSignature.load(paper.seal)
    (roots / "tosign").write_bytes(seal["to_sign"].dump())
    (roots / "seal.sig").write_bytes(seal["signature"].native)
    public = run("openssl", "x509", "-in", roots / "seal.pem", "-noout", "-pubkey").stdout
    (roots / "seal.pub").write_text(public)
    check = [
        *("openssl", "dgst", "-sm3", "-verify", roots / "seal.pub", "-sigopt", distinguished),
        *("-signature", roots / "seal.sig", roots / "tosign"),
    ]
    done = run(*check)
    assert "Verified OK" in done.stdout, done.stderr
    (roots / "tosign").write_bytes(seal["to_sign"].dump() + b"\0")
    assert "Verified OK" not in run(*check).stdout
    assert seal["to_sign"]["digest"].native.hex() == paper.sm3


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_our_time_stamps_answer_openssl_s_question(signed: Signed, roots: Path) -> None:
    office = signed[0]
    (roots / "data").write_bytes(b"anything")
    run("openssl", "ts", "-query", "-data", roots / "data", "-sha256", "-cert", "-out", roots / "q")
    answer = office.tsa.stamp((roots / "q").read_bytes())
    (roots / "r").write_bytes(answer)
    at = str(to_ms(office.database.clock.now()) // 1000)
    done = run(
        *("openssl", "ts", "-verify", "-queryfile", roots / "q", "-in", roots / "r"),
        *("-CAfile", roots / "root.pem", "-untrusted", roots / "stamping.pem", "-attime", at),
    )
    assert "Verification: OK" in done.stdout, done.stderr


@pytest.mark.parametrize("asked", [b"", b"x", b"\x30\x00"])
def test_what_is_no_question_for_a_time_stamp(signed: Signed, asked: bytes) -> None:
    with pytest.raises(Invalid, match=r"signing\.stamp_request"):
        signed[0].tsa.stamp(asked)


def test_a_token_is_believed_over_its_own_message_only(signed: Signed, tmp_path: Path) -> None:
    office = signed[0]
    seal: Any = _SealSignature.load(signed[1].documents[0].seal)
    token, message = seal["time_stamp"].native, seal["signature"].native
    root = office.keys.root.der()
    assert stamped_at(token, message, root)
    assert stamped_at(token, message + b"x", root) is None
    assert stamped_at(token[:-1], message, root) is None
    assert stamped_at(token, message, strangers_keys(tmp_path).root.der()) is None
    line = examine_seal(
        signed[1].documents[0].seal,
        signed[1].documents[0].pdf,
        office.keys.seal_root.certificate,
        root,
    )
    assert (line.codes, line.firm) == ((), "云泉证券")


def test_what_anybody_is_told_holds_no_number(signed: Signed) -> None:
    report = signed[0].verifier.verify(risk(signed))
    assert SIGNER.name not in str(report)
    assert SIGNER.id_masked not in str(report)
    assert SIGNER.id_digest not in str(report)
    assert report.sha256 == hashlib.sha256(risk(signed)).hexdigest()
