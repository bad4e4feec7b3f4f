"""One spelling for countries and languages, so that a breakdown has one row for each, whoever sent it.

Source of names: the Unicode Common Locale Data Repository, as Babel ships it.
"""

from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=10_000)
def country_code(text: str) -> str:
    """ISO 3166 code of a country that was sent as its code or its English name; as sent when it is neither."""
    name = text.strip()
    known = _countries()
    if len(name) == 2 and name.upper() in known.values():
        return name.upper()
    return known.get(name.casefold(), text)


def country_name(code: str) -> str:
    """English name of a country's code; what is no code, as it is."""
    return str(_english().territories.get(code, code))


@lru_cache(maxsize=10_000)
def language_name(text: str) -> str:
    """English name of a language that was sent as a tag (`en-US`); as sent when it is no tag."""
    try:
        language = Locale.parse(text.strip().replace("-", "_"), sep="_").language
    except (ValueError, UnknownLocaleError):
        return text
    return str(_english().languages.get(language, text))


@cache
def _english() -> Locale:
    return Locale("en")


@cache
def _countries() -> dict[str, str]:
    codes = {code: name for code, name in _english().territories.items() if len(code) == 2 and code.isalpha()}
    return {str(name).casefold(): code for code, name in codes.items()} | _OTHER_NAMES


# Names in wide use beside those of the repository.
_OTHER_NAMES = {
    "czech republic": "CZ",
    "great britain": "GB",
    "hong kong": "HK",
    "ivory coast": "CI",
    "korea, republic of": "KR",
    "macau": "MO",
    "macedonia": "MK",
    "russian federation": "RU",
    "swaziland": "SZ",
    "turkey": "TR",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
}
