"""Names, devices, grades: what each says, by table."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.screening.conftest import PEOPLE, PHONE_AGENT, SALARIED, phone, subject
from yunquan.kernel.errors import Invalid, Refused
from yunquan.screening import load_rule_rows
from yunquan.screening.rules import devices, grades, names
from yunquan.screening.rules.lists import entry_digest, read_list
from yunquan.screening.rules.names import NameIndex, normalised, spellings, within_one
from yunquan.screening.rules.rows import DayRows
from yunquan.screening.types import (
    CountRule,
    Device,
    FaceTwin,
    Grade,
    Hit,
    HitId,
    HitState,
    ListEntry,
    ListFile,
    ListKind,
    Mark,
    Profile,
    Reason,
    RuleRows,
    Strength,
    Subject,
    Verdict,
)
from yunquan_world import OfficeFaults
from yunquan_world.offices.lists import ON_A_LIST, Lists

ROWS = DayRows(load_rule_rows(), "2026-07-13")
SOMEBODY = Subject("林晓舟", "990101199003070015", "1990-03-07")


def entry(name: str, *aliases: str, **changes: Any) -> ListEntry:
    facts: dict[str, Any] = {"birth": "", "number": "", "nation": "CN"}
    return ListEntry("E1", ListKind.SANCTIONS, name, aliases, **(facts | changes))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("林晓舟", "林晓舟"),
        (" 林 晓·舟 ", "林晓舟"),
        ("LIN, Xiaozhou", "linxiaozhou"),
        ("Ｌｉｎ", "lin"),
        ("José", "jose"),
        ("䶮", "䶮"),
        ("", ""),
    ],
)
def test_names_are_compared_without_what_writing_differs_by(name: str, plain: str) -> None:
    assert normalised(name) == plain


def test_spellings() -> None:
    assert {"linxiaozhou", "xiaozhoulin"} <= spellings("林晓舟")
    assert spellings("LIN XIAOZHOU") & spellings("林晓舟")
    assert spellings("Xiaozhou Lin") & spellings("林晓舟")
    assert spellings("Xiao Zhou Lin") & spellings("林晓舟")
    assert spellings("Lü Bei") & spellings("吕贝")
    assert spellings("LYU BEI") & spellings("吕贝")
    # A character of several readings is read in all of them.
    assert spellings("Shan Le") & spellings("单乐")
    assert spellings("Ouyang Ye") & spellings("欧阳野")
    assert spellings("") == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("abcd", "abcd", True),
        ("abcd", "abxd", True),
        ("abcd", "abd", True),
        ("abcd", "abxcd", True),
        ("abcd", "acbd", True),
        ("abcd", "xbcx", False),
        ("abcd", "ab", False),
        ("abcd", "dcba", False),
        ("", "a", True),
        ("林晓舟", "林晓周", True),
    ],
)
def test_within_one(one: str, other: str, near: bool) -> None:
    assert within_one(one, other) is near
    assert within_one(other, one) is near


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_within_one_is_what_one_change_can_do(one: str, other: str) -> None:
    letters = "abc"
    changed = {one}
    changed |= {one[:n] + one[n + 1 :] for n in range(len(one))}
    changed |= {one[:n] + letter + one[n:] for n in range(len(one) + 1) for letter in letters}
    changed |= {one[:n] + letter + one[n + 1 :] for n in range(len(one)) for letter in letters}
    changed |= {one[:n] + one[n + 1] + one[n] + one[n + 2 :] for n in range(len(one) - 1)}
    assert within_one(one, other) is (other in changed)


@pytest.mark.parametrize(
    ("listed", "score", "codes"),
    [
        (entry("别人", number=SOMEBODY.id_number), 100, ["number"]),
        (entry("林晓舟", birth="1990-03-07"), 100, ["name", "birth_same"]),
        (entry("林晓舟"), 85, ["name"]),
        (entry("林晓舟", birth="1990"), 90, ["name", "year_same"]),
        (entry("林晓舟", birth="1990-03-08"), 65, ["name", "birth_other"]),
        (entry("林晓舟", birth="1931-02-03"), 40, ["name", "year_other"]),
        (entry("林晓舟", number="990101199003070999"), 55, ["name", "number_other"]),
        (entry("玄冥", "林晓舟", birth="1990-03-07"), 95, ["alias", "birth_same"]),
        (entry("LIN XIAOZHOU", birth="1990"), 75, ["spelled", "year_same"]),
        (entry("LIN XIAOZOU", birth="1990-03-07"), 70, ["near_spelled", "birth_same"]),
        (entry("林小周"), 50, ["sounds"]),
        (entry("林晓洲", birth="1990-03-07"), 65, ["sounds", "birth_same"]),
        (entry("林晓明", birth="1990-03-07"), 75, ["near", "birth_same"]),
        (entry("林晓舟明", birth="1990-03-07"), 75, ["near", "birth_same"]),
        (entry("欧阳玄", birth="1990-03-07"), None, []),
        (entry("Arvid Norrholt"), None, []),
    ],
)
def test_how_alike_somebody_and_an_entry_are(
    listed: ListEntry, score: int | None, codes: list[str]
) -> None:
    found = names.match(SOMEBODY, listed, ROWS)
    assert (found.score if found else None) == score
    found_codes = [reason.code for reason in found.reasons] if found else []
    assert found_codes == [f"screening.match.{code}" for code in codes]


def test_people_of_the_population_are_found_and_their_namesakes_told_apart() -> None:
    lists = Lists(7, OfficeFaults(), PEOPLE)
    read = read_list(lists.file("2026-07-13"), "2026-07-13")
    assert isinstance(read, ListFile)
    index = NameIndex(read.entries)
    scores = {
        how: [match.score for match in names.matches(subject(number), index, ROWS)]
        for number, (_, how) in ON_A_LIST.items()
    }
    assert scores == {
        "number": [100],
        "birth": [100],
        "other birth": [],
        "alias": [95],
        "transliterated": [75],
        "near name": [75],
        "name only": [85],
    }
    others = [number for number in range(200) if number not in ON_A_LIST]
    hit = [number for number in others if names.matches(subject(number), index, ROWS)]
    assert hit == []


def everybody_near(name: str) -> list[str]:
    """Entries one change away from a name, in characters and in letters."""
    spelled = sorted(spellings(name))[0]
    return [
        name,
        name + "明",
        name[:-1] + "明",
        name[:2] + "明" + name[2:],
        name[1] + name[0] + name[2:],
        spelled,
        spelled[:4] + spelled[5:],
        "x" + spelled,
        spelled[:-1] + "q",
        spelled[:2] + spelled[3] + spelled[2] + spelled[4:],
    ]


@pytest.mark.parametrize("listed", everybody_near("林晓舟"))
def test_the_index_finds_whoever_a_look_at_each_entry_would(listed: str) -> None:
    found = NameIndex([entry("欧阳玄"), replace(entry(listed), id="E2")])
    straight = names.match(SOMEBODY, entry(listed), ROWS)
    assert straight is not None
    assert "E2" in [one.id for one in found.candidates(SOMEBODY)]


@given(st.text(max_size=12), st.text(max_size=12))
@example("000", "001")
def test_any_text_may_be_a_name(one: str, other: str) -> None:
    who = Subject(one, "", "")
    index = NameIndex([entry(other)])
    straight = names.match(who, entry(other), ROWS)
    indexed = names.matches(who, index, ROWS)
    if straight is not None and straight.score >= 60 and normalised(one):
        assert [match.entry.id for match in indexed] == ["E1"]


def whole(*lines: str, version: str = "2026-07-13") -> bytes:
    body = "".join(f"{line}\n" for line in (f"YQLIST|1|{version}", *lines))
    return f"{body}END|{len(lines)}|{hashlib.sha256(body.encode()).hexdigest()}\n".encode()


GOOD = "E|P1|sanctions|林晓舟|舟先生;Zhou|1990-03-07|990101199003070015|CN"


def test_a_whole_list_is_read() -> None:
    read = read_list(whole(GOOD, "E|S2|pep|Ilse||1960||XX"), "2026-07-13")
    assert isinstance(read, ListFile)
    assert read.entries[0].aliases == ("舟先生", "Zhou")
    assert read.entries[1] == ListEntry("S2", ListKind.PEP, "Ilse", (), "1960", "", "XX")
    changed = replace(read.entries[0], birth="1990")
    assert entry_digest(read.entries[0]) != entry_digest(changed)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "list_half"),
        (whole(GOOD)[:40], "list_half"),
        (whole(GOOD).replace(b"1990", b"1991"), "list_altered"),
        (whole(GOOD).replace(b"END|1", b"END|2"), "list_altered"),
        (b"\xff" + whole(GOOD), "list_altered"),
        (whole(GOOD, version="2026-07-14"), "list_foreign"),
        (whole("E|P1|sanctions|林晓舟"), "list_malformed"),
        (whole("E|P1|other|林晓舟||||CN"), "list_malformed"),
        (whole("E||pep|林晓舟||||CN"), "list_malformed"),
        (whole("E|P1|pep| ||||CN"), "list_malformed"),
        (whole("E|P1|pep|林晓舟||7 March||CN"), "list_malformed"),
        (whole(GOOD, GOOD), "list_malformed"),
        (whole(), "list_empty"),
        (b"\n", "list_half"),
    ],
)
def test_a_list_that_can_t_be_believed_is_refused_by_name(body: bytes, code: str) -> None:
    refused = read_list(body, "2026-07-13")
    assert isinstance(refused, Refused)
    assert refused.code == f"screening.{code}"


def marks(**changes: Any) -> list[str]:
    found = devices.marks_of(phone(0, **changes), ROWS)
    return [mark.code.removeprefix("screening.mark.") for mark in found]


@pytest.mark.parametrize(
    ("changes", "expected", "verdict"),
    [
        ({}, [], Verdict.PASS),
        ({"screen_shared": True}, ["screen_shared"], Verdict.HUMAN),
        ({"automated": True}, ["automated"], Verdict.HUMAN),
        ({"user_agent": f"{PHONE_AGENT} AnyDesk/7"}, ["remote_control"], Verdict.HUMAN),
        ({"user_agent": "Mozilla/5.0 HeadlessChrome/120"}, ["headless"], Verdict.HUMAN),
        (
            {"user_agent": "Mozilla/5.0 (Linux; Android 13; sdk_gphone64_x86_64)"},
            ["emulator"],
            Verdict.HUMAN,
        ),
        ({"touch_points": 0}, ["no_touch"], Verdict.PASS),
        ({"sensors": False}, ["no_sensors"], Verdict.PASS),
        ({"touch_points": 0, "sensors": False}, ["no_touch", "no_sensors"], Verdict.HUMAN),
        ({"user_agent": ""}, ["no_user_agent"], Verdict.PASS),
        (
            {"user_agent": "Mozilla/5.0 (X11; Linux x86_64)", "touch_points": 0, "sensors": False},
            [],
            Verdict.PASS,
        ),
        (
            {"screen_shared": None, "automated": None, "sensors": None, "touch_points": -1},
            [],
            Verdict.PASS,
        ),
    ],
)
def test_what_the_client_side_tells(
    changes: dict[str, Any], expected: list[str], verdict: Verdict
) -> None:
    found = devices.marks_of(phone(0, **changes), ROWS)
    assert marks(**changes) == expected
    assert devices.marks_verdict(found, ROWS) is verdict


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("0.0.0.0", ""),
        ("", ""),
        ("not an address", ""),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert devices.network_of(address) == network


def test_things_are_compared_as_people_mean_them() -> None:
    one = devices.shared_things(
        SOMEBODY, Device(mobile="100 0000 0001", address="芷兰路 12号,3-01室", bank_card="6222 01")
    )
    other = devices.shared_things(
        SOMEBODY, Device(mobile="10000000001", address="芷兰路12号３０１室", bank_card="622201")
    )
    assert one == other
    assert set(one) == {"mobile", "address", "id_number", "bank_card"}
    key = devices.digest_of(b"k", "mobile", "10000000001")
    assert key != devices.digest_of(b"other", "mobile", "10000000001")
    assert key != devices.digest_of(b"k", "device", "10000000001")


def count(what: str, counts: str) -> CountRule:
    return next(row for row in ROWS.counts if (row.what, row.counts) == (what, counts))


@pytest.mark.parametrize(
    ("what", "counts", "found", "verdict"),
    [
        ("device", "persons", 2, None),
        ("device", "persons", 3, Verdict.HUMAN),
        ("device", "persons", 6, Verdict.REFUSE),
        ("mobile", "persons", 2, Verdict.HUMAN),
        ("bank_card", "persons", 1, None),
        ("bank_card", "persons", 2, Verdict.REFUSE),
        ("address", "persons", 100, Verdict.HUMAN),
        ("network", "persons", 14, None),
    ],
)
def test_how_many_may_share_something(
    what: str, counts: str, found: int, verdict: Verdict | None
) -> None:
    told = devices.count_marks({count(what, counts): found})
    assert [mark.verdict for mark in told] == ([verdict] if verdict else [])


def hit(kind: ListKind, score: int, state: HitState = HitState.OPEN) -> Hit:
    return Hit(HitId("hit_1"), "app_1", kind, "E1", "某", "v", score, (), state, "", "", 0, 0)


SANCTIONS, PEP, ADVERSE = ListKind.SANCTIONS, ListKind.PEP, ListKind.ADVERSE


@pytest.mark.parametrize(
    ("profile", "hits", "grade"),
    [
        (SALARIED, [], Grade.LOW),
        (replace(SALARIED, occupation="public_official"), [], Grade.MEDIUM),
        (replace(SALARIED, occupation="cash_business", source_of_funds="loan"), [], Grade.HIGH),
        (replace(SALARIED, tax_residency=("cn", "us")), [], Grade.LOW),
        (replace(SALARIED, tax_residency=("us",), source_of_funds="business"), [], Grade.MEDIUM),
        (replace(SALARIED, region="high_risk"), [], Grade.MEDIUM),
        (replace(SALARIED, age=78, region="high_risk"), [], Grade.HIGH),
        (SALARIED, [hit(SANCTIONS, 100)], Grade.PROHIBITED),
        (SALARIED, [hit(SANCTIONS, 75)], Grade.HIGH),
        (SALARIED, [hit(SANCTIONS, 75, HitState.CONFIRMED)], Grade.PROHIBITED),
        (SALARIED, [hit(SANCTIONS, 100, HitState.CLEARED)], Grade.LOW),
        (SALARIED, [hit(PEP, 100)], Grade.HIGH),
        (SALARIED, [hit(ADVERSE, 75)], Grade.MEDIUM),
    ],
)
def test_grades(profile: Profile, hits: list[Hit], grade: Grade) -> None:
    found = grades.assess(profile, hits, ROWS)
    assert found.grade is grade
    assert sum(reason.points for reason in found.reasons) == found.score or found.score == 100
    assert [one.points for one in found.reasons] == sorted(
        (one.points for one in found.reasons), reverse=True
    )


STRONG = Mark("screening.mark.automated", Strength.STRONG, Verdict.HUMAN)
FATAL = Mark("screening.shared.bank_card", Strength.STRONG, Verdict.REFUSE)


@pytest.mark.parametrize(
    ("profile", "hits", "marks", "twins", "verdict"),
    [
        (SALARIED, [], [], [], Verdict.PASS),
        (SALARIED, [], [STRONG], [], Verdict.HUMAN),
        (SALARIED, [], [FATAL], [], Verdict.REFUSE),
        (SALARIED, [], [], [FaceTwin("cli_1", 100)], Verdict.HUMAN),
        (SALARIED, [hit(SANCTIONS, 100)], [], [], Verdict.HUMAN),
        (SALARIED, [hit(SANCTIONS, 100, HitState.CONFIRMED)], [], [], Verdict.REFUSE),
        (SALARIED, [hit(SANCTIONS, 100, HitState.CLEARED)], [], [], Verdict.PASS),
        (SALARIED, [hit(PEP, 100, HitState.CONFIRMED)], [], [], Verdict.HUMAN),
        (SALARIED, [hit(ADVERSE, 60)], [], [], Verdict.HUMAN),
        (replace(SALARIED, source_of_funds="loan", occupation="x", age=19, region="border",
                 tax_residency=("us",)), [], [], [], Verdict.HUMAN),
    ],
)  # fmt: skip
def test_what_everything_comes_to(
    profile: Profile,
    hits: list[Hit],
    marks: list[Mark],
    twins: list[FaceTwin],
    verdict: Verdict,
) -> None:
    assessed = grades.assess(profile, hits, ROWS)
    assert grades.decide(assessed, hits, marks, twins, ROWS) is verdict


@given(
    st.lists(
        st.tuples(st.sampled_from(ListKind), st.integers(0, 100), st.sampled_from(HitState)),
        max_size=4,
    ),
    st.lists(st.sampled_from([STRONG, FATAL]), max_size=3),
)
def test_more_marks_and_hits_never_make_it_milder(
    found: list[tuple[ListKind, int, HitState]], extra: list[Mark]
) -> None:
    order = [Verdict.PASS, Verdict.HUMAN, Verdict.REFUSE]
    hits = [hit(*one) for one in found]
    few = grades.decide(grades.assess(SALARIED, hits[:1], ROWS), hits[:1], [], [], ROWS)
    many = grades.decide(grades.assess(SALARIED, hits, ROWS), hits, extra, [], ROWS)
    assert order.index(many) >= order.index(few)


def test_rows_count_from_their_day_on() -> None:
    rows = load_rule_rows()
    newer = replace(rows.numbers[0], value=31, effective_from="2026-08-01")
    assert newer.rule == "grade_medium"
    changed = RuleRows(rows.counts, rows.marks, rows.weights, (*rows.numbers, newer))
    assert DayRows(changed, "2026-07-31").number("grade_medium") == 30
    assert DayRows(changed, "2026-08-01").number("grade_medium") == 31
    with pytest.raises(Invalid, match=r"screening\.rule_missing"):
        DayRows(rows, "2025-12-31").number("grade_medium")
    assert DayRows(rows, "2025-12-31").weight("occupation", "student") is None


def test_reasons_are_told_in_words() -> None:
    def text(code: str, **facts: str) -> str:
        return f"{code}({facts.get('value', '')})"

    reason = Reason("screening.reason.occupation", 25, {"value": "public_official"})
    assert grades.sentence(reason, text) == (
        "screening.reason.occupation(screening.value.public_official())"
    )
    free = Reason("screening.reason.region", 10, {"value": "somewhere"})
    assert grades.sentence(free, text) == "screening.reason.region(somewhere)"
    age = Reason("screening.reason.age", 10, {"value": "19"})
    assert grades.sentence(age, text) == "screening.reason.age(19)"
