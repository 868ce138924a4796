"""Nothing in the repository tells a secret, a real person or company, or whose machine wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.tree import ROOT, files, text

HERE = Path(__file__).resolve().relative_to(ROOT)
FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.])/(work|root|home|Users|farm)/\w",
    "the host of a package registry": (
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|deb\.debian\.org|index-url"
    ),
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token": r"\b(gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16}|xox[bap]-[0-9A-Za-z-]{10,})",
    "a real company's name": r"贵州茅台|平安银行|中芯国际|特锐德|东方财富|维科精密|盛景微|Moutai",
}
ID_NUMBER = re.compile(r"(?<!\d)([1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dX])(?!\d)")
# Administrative codes that no place has: numbers made with them belong to nobody.
NOWHERE = ("99", "00", "90")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The licence and the locks are other people's words.
FOREIGN = {"LICENSE"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_tells(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in files()
        if path != HERE and str(path) not in FOREIGN and path != Path("tools/lock.py")
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], what


def test_identity_numbers_belong_to_nobody() -> None:
    found = [
        f"{path}: {number}"
        for path in files()
        if path != HERE
        for number in ID_NUMBER.findall(text(path))
        if is_valid(number) and not number.startswith(NOWHERE)
    ]
    assert found == [], "begin made-up identity numbers with 99: no place has that code"


def is_valid(number: str) -> bool:
    """True when the check character is right (GB 11643-1999, ISO 7064 mod 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17]


def test_locks_hold_names_versions_and_hashes_only() -> None:
    address = re.compile(r"https?://|file:|^\s*-(?!-hash)|\s@\s", re.MULTILINE)
    locks = [path for path in files() if path.parent == Path("requirements")]
    assert {path.name for path in locks} == {
        "run.txt",
        "scale.txt",
        "node.txt",
        "dev.txt",
        "vision.txt",
    }
    for path in locks:
        assert not address.search(text(path)), f"{path} names an address or a path"
        pins = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text(path), re.MULTILINE | re.DOTALL)
        assert pins, f"{path} is empty"
        assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_the_asset_lock_records_integrity_and_no_address() -> None:
    lock = text(Path("package-lock.json"))
    assert "resolved" not in lock
    assert "http" not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')
