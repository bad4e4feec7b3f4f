"""What clients say about themselves: built-in properties under their canonical names."""

from itertools import accumulate
from random import Random
from urllib.parse import urlsplit

from diptych.demo.catalog import (
    APP_RELEASES,
    BROWSERS,
    MARKETS,
    PHONE_BROWSERS,
    PHONES,
    Market,
    Phone,
    Source,
)
from diptych.demo.vocabulary import Properties, text
from diptych.model.jsontext import dump

_DESKTOP_SHARES = list(accumulate(browser.share for browser in BROWSERS))
_VISITOR_BROWSERS = BROWSERS + PHONE_BROWSERS
_VISITOR_SHARES = list(accumulate(browser.share for browser in _VISITOR_BROWSERS))
_UPDATES_APP = 0.4


def visitor_context(rng: Random, market: int, source: Source) -> Properties:
    """The browser of someone who comes through `source`."""
    browser = rng.choices(_VISITOR_BROWSERS, cum_weights=_VISITOR_SHARES)[0]
    campaign = rng.choice(source.campaigns) if source.campaigns else ""
    return _filled(
        browser=browser.browser,
        browser_version=browser.version,
        os=browser.os,
        os_version=browser.os_version,
        device=browser.device,
        platform="Web",
        utm_source=source.name,
        utm_medium=source.medium,
        utm_campaign=campaign,
        referrer=source.referrer,
        referring_domain=urlsplit(source.referrer).netloc,
        **_place(rng, MARKETS[market]),
    )


def desktop_context(rng: Random, market: int) -> Properties:
    """The browser at which someone works."""
    browser = rng.choices(BROWSERS, cum_weights=_DESKTOP_SHARES)[0]
    return _filled(
        browser=browser.browser,
        browser_version=browser.version,
        os=browser.os,
        os_version=browser.os_version,
        platform="Web",
        **_place(rng, MARKETS[market]),
    )


def phone_context(rng: Random, market: int, phone: Phone, day: int) -> Properties:
    """A phone with the app of that day on it."""
    return _filled(
        platform=phone.platform,
        os=phone.os,
        os_version=phone.os_version,
        manufacturer=phone.manufacturer,
        device=phone.device,
        carrier=phone.carrier,
        app_version=app_version(day),
        **_place(rng, MARKETS[market]),
    )


def updated(rng: Random, context: Properties, day: int) -> Properties:
    """The context of a phone after a possible update of the app."""
    version = dump(app_version(day))
    if context["app_version"] == version or rng.random() > _UPDATES_APP:
        return context
    return context | {"app_version": version}


def app_version(day: int) -> str:
    """The newest version of the apps on a day."""
    return next(version for version, released in reversed(APP_RELEASES) if released <= day)


def pick_phone(rng: Random, kind: str) -> Phone:
    """A phone with the given system."""
    return rng.choice(PHONES[kind])


def _place(rng: Random, market: Market) -> dict[str, str]:
    city, region = rng.choice(market.cities)
    return {"country": market.country, "region": region, "city": city, "language": market.language}


def _filled(**values: str) -> Properties:
    return text({name: value for name, value in values.items() if value})
