"""Amplitude's names of built-in properties, and the canonical ones. Source: the HTTP V2 API's event keys."""

FROM_EVENT = {
    "app_version": "app_version",
    "version_name": "app_version",
    "platform": "platform",
    "os_name": "os",
    "os_version": "os_version",
    "device_brand": "device_brand",
    "device_manufacturer": "manufacturer",
    "device_model": "device_model",
    "carrier": "carrier",
    "country": "country",
    "region": "region",
    "city": "city",
    "dma": "dma",
    "language": "language",
    "start_version": "start_version",
}
"""Key of an event → canonical name."""

IN_QUERIES = {
    "version": "app_version",
    "start_version": "start_version",
    "platform": "platform",
    "os": "os",
    "device": "device_model",
    "device_type": "device_type",
    "carrier": "carrier",
    "country": "country",
    "region": "region",
    "city": "city",
    "DMA": "dma",
    "language": "language",
    "ip_address": "ip",
}
"""Name in the Dashboard REST API → canonical name."""
