"""An opening takes at most four minutes of a person, by the stated model and what was measured."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.onboarding.journey import MODEL, READ_S, machine_ms, person_rows, person_s
from benchmarks.rows import RESULTS
from yunquan.signing.rules.papers import filled
from yunquan.signing.service.signing import agreement_texts
from yunquan.signing.types import AgreementText

MOST_S = 240
FACTS = {"tax": "仅为中国税收居民", "class": "C4", "product_level": "R3", "match": "匹配"}
WEIGHTY = [one for one in agreement_texts() if one.points]


def test_four_minutes() -> None:
    assert person_s() + machine_ms() / 1000 <= MOST_S
    assert sum(one.taps for one in MODEL.values()) <= 40


def test_the_results_tell_the_model_as_it_is() -> None:
    kept = {one["id"]: one for one in json.loads((RESULTS / "onboarding.json").read_text())}
    for row in person_rows(machine_ms()):
        assert kept[row.id]["value"] == pytest.approx(row.value, abs=0.02), row.id


@pytest.mark.parametrize("text", WEIGHTY, ids=lambda text: text.code)
def test_nobody_waits_longer_than_the_points_take(text: AgreementText) -> None:
    points = "".join(filled(point, FACTS) for point, _ in text.points)
    characters = len(re.sub(r"\W", "", points))
    assert 0 < text.least_s <= characters * READ_S


def test_the_papers_wait_no_longer_than_their_step_reads() -> None:
    assert sum(text.least_s for text in WEIGHTY) <= MODEL["agreements"].read * READ_S
