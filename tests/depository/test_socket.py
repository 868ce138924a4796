"""The depository over the socket of a world."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.depository.conftest import BOTH, D1, person
from tests.world.client import running
from yunquan.clients import Sealing
from yunquan.depository import Depository, DepositorySocket
from yunquan.depository.types import LineResult
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.offices import OfficeAnswer, Offices
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault
from yunquan_world import OfficeFaults, World


def test_it_speaks_the_protocol(tmp_path: Path) -> None:
    def what(line: DepositorySocket) -> None:
        opened = line.open("o1", person(0), BOTH, "390001")
        assert (opened.result, len(opened.accounts)) == (LineResult.DONE, 2)
        assert line.open("o1", person(0), BOTH, "390001") == opened
        found = line.find("q1", person(0))
        assert (found.ymt, found.accounts[0].broker) == (opened.ymt, "YQ01")
        assert line.find("q2", person(1)).ymt == ""
        assert line.find("q3", person(5)).code == "depository.name_differs"
        assert line.update("u1", person(5)).result is LineResult.DONE
        number = opened.accounts[0].number
        waits = line.designate("d1", number, person(0).id_number)
        assert (waits.result, waits.day) == (LineResult.FOR_DAY, D1)
        assert line.open("o2", person(6), BOTH, "390001").code == "depository.three_accounts"
        assert line.list_files() == ()
        assert line.fetch_file(D1, 1) == b""

    def end_the_day(world: World) -> None:
        world.offices.look_at_clock(D1, "15:00", "2026-07-14")

    async def story() -> None:
        async with running(tmp_path) as world:
            line = DepositorySocket(Offices(world.settings.offices, "YQ01"))
            await asyncio.to_thread(what, line)
            end_the_day(world)
            assert await asyncio.to_thread(line.list_files) == ((D1, 1),)
            body = await asyncio.to_thread(line.fetch_file, D1, 1)
            assert body.startswith(b"YQDEPOSITORY|1|YQ01|2026-07-13|1\n")

    asyncio.run(story())


def test_files_arrive_late_or_broken(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, office_faults=OfficeFaults(late_file=1.0)) as world:
            line = DepositorySocket(Offices(world.settings.offices, "YQ01"))
            await asyncio.to_thread(line.open, "o1", person(0), BOTH, "390001")
            world.offices.look_at_clock(D1, "15:00", "2026-07-14")
            assert await asyncio.to_thread(line.list_files) == ()

    asyncio.run(story())


def test_many_threads_advance_one_request_once(tmp_path: Path, database: Database) -> None:
    """Each asks for itself, over a line that fails; all come to the same accounts."""

    def what(offices: Offices) -> set[str]:
        sealing = Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
        room = Depository(database, DepositorySocket(offices), sealing, "YQ01", "390001")
        with database.transaction() as tx:
            room.request_opening(tx, "app_1", "o1", person(0), BOTH)

        def until_done(_: int) -> str:
            while not (state := room.advance("o1")).is_final:
                pass
            return ",".join(one.number for one in state.accounts)

        with ThreadPoolExecutor(6) as pool:
            return set(pool.map(until_done, range(6)))

    async def story() -> None:
        faults = OfficeFaults(disconnect=0.3, refuse=0.2, repeat_answer=0.2)
        async with running(tmp_path, office_faults=faults) as world:
            offices = Offices(world.settings.offices, "YQ01", 2.0)
            assert await asyncio.to_thread(what, offices) == {"A000000001,0100000001"}
            vault = world.offices.depository.vault
            assert vault.row("SELECT COUNT(*) FROM accounts")[0] == 2

    asyncio.run(story())


class Odd(Offices):
    """Says one thing, whatever it is asked."""

    def __init__(self, result: str, code: str = "", **body: object) -> None:
        super().__init__("unix:/nowhere", "YQ01")
        self.says = OfficeAnswer(result, code, dict(body))

    def ask(self, office: str, serial: str, body: dict[str, object]) -> OfficeAnswer:
        return self.says


@pytest.mark.parametrize(
    "says",
    [
        Odd("done"),
        Odd("updated"),
        Odd("refused"),
        Odd("refused", "D99_new"),
        Odd("accepted_for_day"),
        Odd("accepted_for_day", day=20260713),
        Odd("opened", accounts="A000000001"),
        Odd("opened", accounts=[{"market": "SH"}]),
        Odd("opened", accounts=[{"market": "SH", "kind": "Q", "account": "A000000001"}]),
    ],
)
def test_a_word_we_don_t_know_is_no_answer(says: Odd) -> None:
    with pytest.raises(Unavailable, match=r"office\.no_answer"):
        DepositorySocket(says).open("o1", person(0), BOTH, "390001")


@pytest.mark.parametrize("days", [5, [5], [["2026-07-13", "x"]], ["201"]])
def test_a_list_of_files_that_can_t_be_read_is_no_answer(days: object) -> None:
    with pytest.raises(Unavailable, match=r"office\.no_answer"):
        DepositorySocket(Odd("files", days=days)).list_files()
    assert DepositorySocket(Odd("part", data="text")).fetch_file("2026-07-13", 1) == b""
