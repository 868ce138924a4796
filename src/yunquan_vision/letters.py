"""Reading one line of print, and finding lines: two small PP-OCR networks from the rapidocr wheel.

The networks are asked directly, because what is wanted of them is more than a text: how sure each
character is, where it stands, and what it would be if only some characters can stand there.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnxruntime

from yunquan_vision.meshes import Picture

_HIGH: Final = 48
_NARROWEST: Final = 48
_WIDEST: Final = 1280
_SURE: Final = 0.3
# Cards are printed in simplified characters: what looks like the other form is the printed one.
_FORMS: Final = (
    "黃黄 漢汉 別别 陳陈 張张 劉刘 楊杨 趙赵 吳吴 孫孙 馬马 羅罗 鄭郑 謝谢 許许 韓韩 馮冯 鄧邓 "
    "葉叶 蘇苏 呂吕 盧卢 鍾钟 譚谭 陸陆 賈贾 韋韦 鄒邹 龍龙 萬万 錢钱 嚴严 賀贺 顧顾 麗丽 強强 "
    "軍军 傑杰 濤涛 蘭兰 紅红 華华 輝辉 興兴 寧宁 貴贵 國国 勝胜 學学 發发 飛飞 順顺 雲云 蓮莲 "
    "環环 榮荣 愛爱 鶯莺 瑤瑶 滿满 東东 號号 單单 廣广 縣县 區区 鎮镇 組组 戶户 間间 閣阁 樓楼 "
    "橋桥 灣湾 滙汇 爲为 內内 眞真 靑青 淸清 晉晋 呉吴 髙高 "
)
Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class Letter:
    """at: middle, in pixels of the line's picture. sure: 0 to 1."""

    text: str
    at: float
    sure: float


class LetterReader:
    """Loaded once a process; one thread, as each worker has one core."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("rapidocr")
        if not found or not found.origin:
            raise FileNotFoundError("the networks come with rapidocr: run setup")
        models = Path(found.origin).parent / "models"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._reads = onnxruntime.InferenceSession(
            str(models / "PP-OCRv6_rec_small.onnx"), options, ["CPUExecutionProvider"]
        )
        self._finds = onnxruntime.InferenceSession(
            str(models / "PP-OCRv6_det_small.onnx"), options, ["CPUExecutionProvider"]
        )
        known = self._reads.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The first class is the blank between letters, the last a space.
        self._letters = ["", *known, " "]
        pairs = [pair for pair in _FORMS.split() if set(pair) <= set(known)]
        self._other = [self._letters.index(pair[0]) for pair in pairs]
        self._printed = [self._letters.index(pair[1]) for pair in pairs]

    def read(self, line: Picture, only: str = "") -> list[Letter]:
        """only: the characters that can stand there; any without."""
        high, wide = line.shape[:2]
        if high < 4 or wide < 4:
            return []
        across = min(_WIDEST, max(_NARROWEST, round(wide * _HIGH / high)))
        shaped = cv2.resize(line, (across, _HIGH), interpolation=cv2.INTER_LINEAR)
        # The networks were trained on blue, green, red.
        values = (shaped[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        (answer,) = self._reads.run(None, {"x": np.ascontiguousarray(values)})
        odds = answer[0]
        odds[:, self._printed] += odds[:, self._other]
        odds[:, self._other] = 0
        return self._spelt(odds, wide, only)

    def _spelt(self, odds: Any, wide: int, only: str) -> list[Letter]:
        if only:
            kept = [0, *(self._letters.index(letter) for letter in only)]
            # What was given to the others is not shared out: a smudge stays unsure.
            best = odds[:, kept].argmax(1)
            picks = np.array(kept)[best]
        else:
            picks = odds.argmax(1)
        found = list[Letter]()
        last, start = 0, 0
        steps = len(picks)
        for step in range(steps + 1):
            pick = int(picks[step]) if step < steps else 0
            if step < steps and pick == last:
                continue
            if last and last < len(self._letters):
                sure = min(1.0, float(odds[start:step, last].max()))
                middle = (start + step) / 2 / steps * wide
                found.append(Letter(self._letters[last], middle, sure))
            last, start = pick, step
        return [letter for letter in found if letter.text.strip()]

    def lines(self, picture: Picture, wide: int, high: int) -> list[Rectangle]:
        """Boxes of print in the picture's own pixels. wide, high: looked at, multiples of 32."""
        shaped = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
        values = (shaped[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        (answer,) = self._finds.run(None, {"x": np.ascontiguousarray(values)})
        mask = (answer[0, 0] > _SURE).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        over_x, over_y = picture.shape[1] / wide, picture.shape[0] / high
        boxes = list[Rectangle]()
        for left, top, width, height, area in stats[1:count]:
            if area < 12 or height < 4:
                continue
            # The network marks the core of a line; letters reach beyond it.
            grow = 0.8 * width * height / (width + height)
            boxes.append(
                (
                    round(max(0.0, left - grow) * over_x),
                    round(max(0.0, top - grow) * over_y),
                    round((width + 2 * grow) * over_x),
                    round((height + 2 * grow) * over_y),
                )
            )
        return boxes
