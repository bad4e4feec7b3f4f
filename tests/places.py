"""A small database of places, for tests."""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

BERLIN = "81.2.69.1"
NOWHERE = "203.0.113.9"


def write_places(file: Path) -> Path:
    """Write a database that knows one network, as MaxMind's City databases do."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City", languages=["en"])
    record = {
        "country": {"iso_code": "DE", "names": {"en": "Germany"}},
        "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}],
        "city": {"names": {"en": "Berlin"}},
        "location": {"time_zone": "Europe/Berlin"},
    }
    writer.insert_network(IPSet(["81.2.69.0/24", "2001:db8::/32"]), record)
    writer.insert_network(IPSet(["81.2.70.0/24"]), {"country": {"iso_code": "GB"}})
    writer.to_db_file(str(file))
    return file
