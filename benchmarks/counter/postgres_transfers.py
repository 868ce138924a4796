"""The peer of the durable counter: double-entry transfers inside PostgreSQL, as general ledgers
do them.

Each transfer has a unique id (a repeat moves nothing), debits one account and credits another,
and may not overdraw.
"""

from __future__ import annotations

from random import Random

import psycopg
from sqlalchemy.engine import make_url

SCHEMA = """
CREATE TABLE account (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE TABLE transfer (
  id bigint PRIMARY KEY, debit bigint NOT NULL, credit bigint NOT NULL, amount bigint NOT NULL
  CHECK (amount > 0)
);
CREATE FUNCTION post_transfer(of bigint, source bigint, target bigint, much bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO transfer VALUES (of, source, target, much) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE account SET balance = balance - much WHERE id = source;
  UPDATE account SET balance = balance + much WHERE id = target;
  RETURN true;
END $$;
"""
ALL_AT_ONCE = """
WITH fresh AS (
  INSERT INTO transfer SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
  ON CONFLICT DO NOTHING RETURNING debit, credit, amount
), moves AS (
  SELECT id, sum(delta) AS delta FROM (
    SELECT debit AS id, -amount AS delta FROM fresh UNION ALL SELECT credit, amount FROM fresh
  ) AS sides GROUP BY id
)
UPDATE account SET balance = balance + moves.delta FROM moves WHERE account.id = moves.id
"""


class Transfers:
    """Accounts in PostgreSQL and the two usual ways to move money between them."""

    def __init__(self, url: str, accounts: int) -> None:
        parts = make_url(url)
        self._connection = psycopg.connect(
            host=str(parts.query["host"]),
            user=parts.username,
            dbname=parts.database,
            autocommit=True,
        )
        self._connection.execute(SCHEMA)
        self._connection.execute(
            "INSERT INTO account SELECT id, 1000000000 FROM generate_series(1, %s) AS id",
            (accounts,),
        )
        self._accounts = accounts
        self._dice = Random(17)
        self._made = 0

    def draw(self, count: int) -> list[tuple[int, int, int, int]]:
        """Transfers between different accounts: id, debit, credit, amount in fen."""
        drawn: list[tuple[int, int, int, int]] = []
        for _ in range(count):
            self._made += 1
            debit = self._dice.randint(1, self._accounts)
            credit = debit % self._accounts + 1
            drawn.append((self._made, debit, credit, self._dice.randint(1, 1000)))
        return drawn

    def one_by_one(self, transfers: list[tuple[int, int, int, int]]) -> None:
        """One function call and one commit each, prepared."""
        cursor = self._connection.cursor()
        for transfer in transfers:
            cursor.execute("SELECT post_transfer(%s, %s, %s, %s)", transfer, prepare=True)

    def all_at_once(self, transfers: list[tuple[int, int, int, int]]) -> None:
        """One statement and one commit for all of them; a single overdraft would refuse them
        all.
        """
        columns = [list(column) for column in zip(*transfers, strict=True)]
        self._connection.cursor(binary=True).execute(ALL_AT_ONCE, columns, prepare=True)

    def check(self) -> None:
        """Every fen is still there, and every transfer drawn is kept once."""
        row = self._connection.execute(
            "SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM transfer)"
        ).fetchone()
        assert row == (self._accounts * 1_000_000_000, self._made), row

    def close(self) -> None:
        self._connection.close()
