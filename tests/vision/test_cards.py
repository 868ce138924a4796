"""Cards printed, photographed, read and judged: clean ones pass, each spoiling has its name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest

from tests.vision.card_desk import DAY, CardDesk
from tests.vision.limits import LIMITS
from yunquan.vision.rules.cards import BACK_FIELDS, FRONT_FIELDS, judge_card
from yunquan.vision.types import CardJudgement

TODAY: Final = date.fromisoformat(DAY)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardDesk]:
    made = CardDesk(tmp_path_factory.mktemp("cards"))
    yield made
    made.close()


def codes(judged: CardJudgement) -> set[str]:
    return {f.code.removeprefix("vision.") for f in judged.findings if f.outcome != "pass"}


@pytest.mark.parametrize("template", range(10))
def test_a_clean_card_of_each_template_is_read_and_passes(desk: CardDesk, template: int) -> None:
    front = desk.see("front", 100 + template, template)
    back = desk.see("back", 100 + template, template)
    judged = judge_card(front.reading, back.reading, TODAY, LIMITS)
    assert {f.name: f.text for f in judged.fields} == front.person
    assert (judged.outcome, codes(judged)) == ("pass", set())
    passed = {f.name for f in judged.fields if f.decision == "passes"}
    assert {"number", "birth", "sex", "since", "until"} <= passed <= {*FRONT_FIELDS, *BACK_FIELDS}
    assert front.reading.portrait.startswith(b"\xff\xd8\xff")
