"""The simulated banks: invented, each with habits of its own, so that a broker meets them all."""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS = ""


@dataclass(frozen=True)
class Habits:
    """One bank. opens, closes: "HH:MM" of the market's clock, "" for a bank that never closes; its
    day is cut off when it closes, at the latest with the exchange's day.

    single_fen, day_fen: most of one transfer and of an account's day, in fen; fee_fen: what a
    transfer costs; client_pays: the client's account is charged, else the firm is billed.
    password_in, password_out: whether the holder's password is asked for money to or from the
    broker. delay_ms: least and most milliseconds it thinks.
    """

    code: str
    name: str
    name_en: str
    opens: str = ALWAYS
    closes: str = ALWAYS
    single_fen: int = 5_000_000_000
    day_fen: int = 50_000_000_000
    fee_fen: int = 0
    client_pays: bool = False
    password_in: bool = True
    password_out: bool = False
    delay_ms: tuple[float, float] = (0.0, 0.0)

    def is_open(self, minute: str) -> bool:
        """Whether transfers are taken at "HH:MM" of one of its days."""
        return not self.opens or self.opens <= minute < self.closes


BANKS = (
    Habits("simbank", "澄江模拟银行", "Chengjiang Simulated Bank"),
    Habits(
        "yanpu",
        "砚浦模拟商业银行",
        "Yanpu Simulated Commercial Bank",
        opens="09:00",
        closes="16:00",
        single_fen=50_000_000,
        day_fen=200_000_000,
        fee_fen=100,
        password_in=False,
        delay_ms=(200.0, 900.0),
    ),
    Habits(
        "qimei",
        "栖湄模拟农商银行",
        "Qimei Simulated Rural Bank",
        opens="09:30",
        closes="15:00",
        single_fen=20_000_000,
        day_fen=50_000_000,
        fee_fen=200,
        client_pays=True,
        password_out=True,
        delay_ms=(50.0, 300.0),
    ),
)
