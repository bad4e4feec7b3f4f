"""Mixpanel's names of built-in event properties, and the canonical ones.

Source: Mixpanel's list of default properties; names as its SDKs send them.
"""

CANONICAL = {
    "$app_version_string": "app_version",
    "$browser": "browser",
    "$browser_version": "browser_version",
    "$carrier": "carrier",
    "$city": "city",
    "mp_country_code": "country",
    "$country_code": "country",
    "$current_url": "current_url",
    "$device": "device",
    "$brand": "device_brand",
    "$model": "device_model",
    "$initial_referrer": "initial_referrer",
    "$initial_referring_domain": "initial_referring_domain",
    "ip": "ip",
    "$manufacturer": "manufacturer",
    "$os": "os",
    "$os_version": "os_version",
    "mp_platform": "platform",
    "$referrer": "referrer",
    "$referring_domain": "referring_domain",
    "$region": "region",
    "$screen_height": "screen_height",
    "$screen_width": "screen_width",
    "utm_campaign": "utm_campaign",
    "utm_content": "utm_content",
    "utm_medium": "utm_medium",
    "utm_source": "utm_source",
    "utm_term": "utm_term",
}
