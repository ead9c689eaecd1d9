"""Which currencies are legal tender where: the one question that wants the tables of Babel."""

from __future__ import annotations

from functools import lru_cache

_NEW_EURO = {"BG": "EUR"}  # since 2026-01-01, which the CLDR data at hand do not know yet


@lru_cache(maxsize=256)
def tender(country: str) -> frozenset[str]:
    """ISO 4217 codes of the currencies in use in a country (ISO 3166-1) today."""
    from babel.numbers import get_territory_currencies

    found = {str(code) for code in get_territory_currencies(country)}
    return frozenset(found | {_NEW_EURO[country]} if country in _NEW_EURO else found)
