"""Print sample cards: `python -m yunquan_cards --folder out --count 3 [--level 1] [--portrait P]`.

Writes 1-front.jpg, 1-back.jpg and 1.json (what is printed) and so on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yunquan_cards.orders import person_of, picture_of
from yunquan_cards.templates import TEMPLATES


def main() -> None:
    parser = argparse.ArgumentParser("yunquan_cards", description="Print synthetic ID cards.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--day", default="2026-11-25", help="on which the cards are valid")
    parser.add_argument("--level", type=int, choices=range(5), default=0, help="damage")
    parser.add_argument("--portrait", type=Path, help="a picture in place of the silhouette")
    parser.add_argument("--facts", help="JSON: what to print in place of what was drawn")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, asked.count + 1):
        seed = asked.seed + number - 1
        order: dict[str, Any] = {
            "seed": seed,
            "day": asked.day,
            "template": seed % len(TEMPLATES),
            "level": asked.level,
            "portrait": str(asked.portrait) if asked.portrait else "",
            "facts": json.loads(asked.facts) if asked.facts else {},
        }
        for side in ("front", "back"):
            path = asked.folder / f"{number}-{side}.jpg"
            path.write_bytes(picture_of({**order, "side": side}))
        facts = json.dumps(asdict(person_of(order)), ensure_ascii=False, indent=1)
        (asked.folder / f"{number}.json").write_text(facts + "\n", "utf-8")


if __name__ == "__main__":
    main()
