"""Canonical names of built-in properties: one name each, whoever sent the event.

Each protocol maps its vendor's names to these in one table. Documented in docs/properties.md.
"""

BUILTINS: dict[str, str] = {
    "app_version": "version of the application that sent the event",
    "browser": "name of the browser",
    "browser_version": "its version",
    "carrier": "mobile network",
    "city": "city",
    "country": "ISO code or name of the country, as sent",
    "current_url": "address of the page",
    "device": "device, as its vendor's SDK names it",
    "device_brand": "brand of the device",
    "device_model": "model of the device",
    "device_type": "kind of device",
    "dma": "designated market area",
    "initial_referrer": "referrer of the first visit",
    "initial_referring_domain": "its domain",
    "ip": "address of the client",
    "language": "language",
    "manufacturer": "maker of the device",
    "os": "operating system",
    "os_version": "its version",
    "platform": "platform of the application, such as Web or iOS",
    "referrer": "address of the page before",
    "referring_domain": "its domain",
    "region": "region or state",
    "screen_height": "in pixels",
    "screen_width": "in pixels",
    "start_version": "first version of the application that the person used",
    "utm_campaign": "campaign",
    "utm_content": "content of the campaign",
    "utm_medium": "medium of the campaign",
    "utm_source": "source of the campaign",
    "utm_term": "term of the campaign",
}
"""Name → what it is."""
