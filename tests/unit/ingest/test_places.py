from pathlib import Path

import pytest
from tests.places import BERLIN, NOWHERE, write_places

from diptych.ingest.places import Places
from diptych.ingest.standard_names import country_code, country_name, language_name
from diptych.settings import StartupError

IN_BERLIN = {"country": '"DE"', "region": '"Land Berlin"', "city": '"Berlin"'}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return Places.open(write_places(tmp_path_factory.mktemp("places") / "places.mmdb"))


@pytest.mark.parametrize("address", [BERLIN, "2001:db8::1"])
def test_a_known_address(places: Places, address: str) -> None:
    assert places.context_of(address) == IN_BERLIN
    assert places.time_zone_of(address) == "Europe/Berlin"


def test_a_database_may_know_less(places: Places) -> None:
    assert places.context_of("81.2.70.1") == {"country": '"GB"'}


@pytest.mark.parametrize("address", [NOWHERE, "", "x", "81.2.69", "127.0.0.1\n", "::g", "0"])
def test_no_place(places: Places, address: str) -> None:
    assert places.context_of(address) == {}
    assert places.time_zone_of(address) == ""


def test_without_a_file_no_address_has_a_place() -> None:
    assert Places.open(None).context_of(BERLIN) == {}


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "places.mmdb"
    file.write_text("nothing")
    with pytest.raises(StartupError, match="DIPTYCH_GEOIP_FILE"):
        Places.open(file)


COUNTRIES = {
    "DE": "DE",
    "de": "DE",
    "Germany": "DE",
    "united states": "US",
    "USA": "US",
    "Czech Republic": "CZ",
    "Czechia": "CZ",
    "Atlantis": "Atlantis",
    "XQ": "XQ",
    "": "",
}


@pytest.mark.parametrize("sent", COUNTRIES)
def test_countries_have_one_spelling(sent: str) -> None:
    assert country_code(sent) == COUNTRIES[sent]


def test_names_of_countries() -> None:
    assert (country_name("DE"), country_name("Atlantis")) == ("Germany", "Atlantis")


LANGUAGES = {"en-US": "English", "EN-us": "English", "de": "German", "zh-Hant-TW": "Chinese", "English": "English"}


@pytest.mark.parametrize("sent", [*LANGUAGES, "", "Klingon?", "x" * 500])
def test_languages_have_one_spelling(sent: str) -> None:
    assert language_name(sent) == LANGUAGES.get(sent, sent)
