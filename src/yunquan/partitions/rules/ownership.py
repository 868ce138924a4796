"""Who judges what: every row is judged by one partition.

| family     | its sums are kept by            | rules about it are judged by         |
|------------|---------------------------------|--------------------------------------|
| account    | the account's partition         | the account's partition              |
| position   | the account's partition         | the account's partition              |
| instrument | every partition, the same       | the account's partition, of a row    |
|            |                                 | without account the instrument's     |
| group      | every partition, the same       | the partition of the row's account   |
| device     | every partition, the same       | the partition of the row's account   |
| pair       | every partition, the same       | the buyer's partition                |
| all        | every partition, the same three | whoever asks for them                |
| accounts   | sums                            |                                      |

A condition may so look at every family its event reaches, as in one engine. Nothing is counted
twice: sums kept by all are the same everywhere, and only one partition looks at them for a row.
What is remembered from row to row (silences, sequences, alerts a minute) has another keeper, the
teller, who sees the hits of all partitions in the order of rows.
"""

from __future__ import annotations

from zlib import crc32


def owner_of(name: str, partitions: int) -> int:
    """The partition of an account or an instrument. Never changes for a given number of them."""
    return crc32(name.encode()) % partitions
