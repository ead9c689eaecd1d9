"""Readings and drafts as JSON text and back, exactly: decimals, dates, spans, tuples and None survive.

Text that no database accepts (NUL, lone surrogates: broken mails have both) is repaired here and nowhere else.
"""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from monitor.store.words import PackedRaw, PackedReading, RawRow
from monitor.types import Draft, Reading

READING_VERSION = 1
"""Raise this when a stored reading can no longer be understood as before; a new optional field is no reason."""

LEVEL = 3  # of zlib: half the time of its default for a twelfth more space

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@cache
def _readings() -> TypeAdapter[Reading]:
    return TypeAdapter(Reading)


@cache
def _drafts() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)


def text(value: str) -> str:
    """`value` as every database takes it: lone surrogates replaced, NUL removed."""
    if value.isascii():
        return value.replace("\0", "") if "\0" in value else value
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def optional_text(value: str | None) -> str | None:
    """`text` for values that may be absent."""
    return None if value is None else text(value)


def moment(value: datetime) -> datetime:
    """An aware moment in UTC; one at the rim of the calendar that has no UTC form becomes the rim itself."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return EARLIEST if value.year < 5000 else LATEST


def optional_moment(value: datetime | None) -> datetime | None:
    """`moment` for values that may be absent."""
    return None if value is None else moment(value)


def _dump(adapter: TypeAdapter[Any], value: object) -> str:
    try:
        return adapter.dump_json(value).decode("utf-8")
    except PydanticSerializationError:  # a lone surrogate somewhere in the text of a broken mail
        return json.dumps(_repaired(adapter.dump_python(value, mode="json")), ensure_ascii=False)


def _repaired(value: object) -> object:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {text(str(key)): _repaired(item) for key, item in value.items()}
    return value


def dump_reading(reading: Reading) -> str:
    """A reading as JSON."""
    return _dump(_readings(), reading)


def load_reading(content: str) -> Reading:
    """The reading that `dump_reading` wrote; raises pydantic's ValidationError on anything else."""
    return _readings().validate_json(content)


def pack_raw(row: RawRow) -> PackedRaw:
    """A mail as it came, compressed."""
    digest = sha256(row.content).hexdigest()
    left_out = dump_strings(row.left_out)
    return PackedRaw(row.identity, digest, zlib.compress(row.content, LEVEL), row.size or len(row.content), left_out)


def pack_reading(reading: Reading) -> PackedReading:
    """A reading as the store keeps it."""
    seller, number = reading.verdict.seller, reading.finding.order_number
    return PackedReading(
        reading.identity,
        moment(reading.received_at),
        None if seller is None else text(seller.value.key),
        None if number is None else text(number.value),
        READING_VERSION,
        dump_reading(reading),
    )


def dump_draft(draft: Draft) -> str:
    """A draft as JSON."""
    return _dump(_drafts(), draft)


def load_draft(content: str) -> Draft:
    """The draft that `dump_draft` wrote; raises pydantic's ValidationError on anything else."""
    return _drafts().validate_json(content)


def dump_strings(values: dict[str, str] | tuple[str, ...]) -> str:
    """A payload (names to strings) or a list of names as JSON."""
    return json.dumps(_repaired(dict(values) if isinstance(values, dict) else list(values)), ensure_ascii=False)


def load_payload(content: str) -> dict[str, str]:
    """The payload that `dump_strings` wrote."""
    return cast(dict[str, str], json.loads(content))
