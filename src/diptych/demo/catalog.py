"""The invented world: Larkboard's markets, marketing, plans and customers. Data only."""

from typing import NamedTuple


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


class Market(NamedTuple):
    """Where people live. `share` is its part of the traffic."""

    country: str
    zone: str
    cities: tuple[tuple[str, str], ...]
    language: str
    share: float


MARKETS = (
    Market("US", "America/New_York", (("New York", "New York"), ("Boston", "Massachusetts")), "en-US", 20),
    Market("US", "America/Chicago", (("Chicago", "Illinois"), ("Austin", "Texas")), "en-US", 11),
    Market("US", "America/Los_Angeles", (("San Francisco", "California"), ("Seattle", "Washington")), "en-US", 13),
    Market("CA", "America/Toronto", (("Toronto", "Ontario"), ("Montréal", "Quebec")), "en-CA", 5),
    Market("GB", "Europe/London", (("London", "England"), ("Leeds", "England")), "en-GB", 9),
    Market("DE", "Europe/Berlin", (("Berlin", "Berlin"), ("München", "Bavaria")), "de-DE", 10),
    Market("FR", "Europe/Paris", (("Paris", "Île-de-France"), ("Lyon", "Auvergne-Rhône-Alpes")), "fr-FR", 6),
    Market("NL", "Europe/Amsterdam", (("Amsterdam", "North Holland"), ("Utrecht", "Utrecht")), "nl-NL", 4),
    Market("ES", "Europe/Madrid", (("Madrid", "Madrid"), ("Barcelona", "Catalonia")), "es-ES", 4),
    Market("BR", "America/Sao_Paulo", (("São Paulo", "São Paulo"), ("Curitiba", "Paraná")), "pt-BR", 5),
    Market("IN", "Asia/Kolkata", (("Bengaluru", "Karnataka"), ("Pune", "Maharashtra")), "en-IN", 6),
    Market("JP", "Asia/Tokyo", (("Tokyo", "Tokyo"), ("Osaka", "Osaka")), "ja-JP", 4),
    Market(
        "AU",
        "Australia/Sydney",
        (("Sydney", "New South Wales"), ("Newcastle", "New South Wales")),
        "en-AU",
        3,
    ),
)


class Source(NamedTuple):
    """Where visitors come from. `conversion` is the chance that a first visit ends in a sign-up."""

    name: str
    medium: str
    campaigns: tuple[str, ...]
    referrer: str
    landings: tuple[str, ...]
    share: float
    conversion: float


INVITE = "invite"
SOURCES = (
    Source("", "", (), "", ("/", "/", "/pricing"), 26, 0.030),
    Source("", "", (), "https://www.google.com/", ("/blog/kanban-guide", "/", "/templates"), 20, 0.019),
    Source(
        "google",
        "cpc",
        ("brand", "project-tools", "competitor"),
        "https://www.google.com/",
        ("/lp/teams", "/"),
        17,
        0.027,
    ),
    Source(
        "linkedin",
        "paid-social",
        ("ops-leaders", "retargeting"),
        "https://www.linkedin.com/",
        ("/lp/ops",),
        8,
        0.040,
    ),
    Source(
        "newsletter",
        "email",
        ("weekly-digest", "product-news"),
        "",
        ("/blog/whats-new", "/pricing"),
        7,
        0.072,
    ),
    Source(
        "facebook",
        "paid-social",
        ("lookalike", "retargeting"),
        "https://www.facebook.com/",
        ("/lp/teams",),
        9,
        0.009,
    ),
    Source("partner", "referral", ("marketplace",), "https://apps.partner.example/", ("/integrations",), 4, 0.095),
    Source(INVITE, "email", ("teammate",), "", ("/invite",), 5, 0.330),
)


class Plan(NamedTuple):
    """A plan, at dollars per seat and month."""

    name: str
    price: int


FREE = 0
PLANS = (Plan("Free", 0), Plan("Starter", 8), Plan("Team", 16), Plan("Business", 32))
TRIAL = "Trial"
CURRENCY = "USD"

INDUSTRIES = _words("Software Agency Manufacturing Education Healthcare Retail Finance Construction Nonprofit")
ROLES = ("engineer", "designer", "product manager", "marketer", "operations", "founder", "support")
PERSONAS = ("maker", "manager", "viewer")
PERSONA_SHARES = (55, 25, 20)

FIRST_NAMES = _words(
    "Ada Amir Ana Bruno Camille Chidi Clara Daan Elif Emma Farah Finn Grace Hana Hugo Ines Isla Ivan "
    "Jonas José Kai Lena Liam Lucía Maja Marco Mei Mila Nadia Noah Olga Oscar Priya Ravi Rosa Sam Sofia "
    "Sören Tariq Tom Uma Vera Yuki Zoë"
)
LAST_NAMES = _words(
    "Abara Almeida Andersson Becker Bianchi Brown Chen Costa Dubois Evans Fischer García Haddad Ito "
    "Jansen Kaya Khan Kim Kowalska Larsen Lopez Martin Mehta Müller Nguyen Novak Okafor Patel Petrova "
    "Rossi Sato Schmidt Silva Smith Tanaka Visser Walker Weber Wilson Young"
)
COMPANY_FIRST = _words(
    "Amber Blue Bright Cedar Copper Delta Ember Fern Granite Harbor Iron Juniper Kite Linden Maple "
    "North Orchard Pine Quartz River Silver Stone Tidal Willow"
)
COMPANY_SECOND = _words(
    "Analytics Bakery Builders Clinic Collective Creative Dynamics Energy Foods Health Labs Logistics "
    "Media Motors Outdoors Partners Robotics School Studio Systems Textiles Ventures Works"
)


class Browser(NamedTuple):
    """What a web client reports about itself."""

    browser: str
    version: str
    os: str
    os_version: str
    device: str
    share: float


BROWSERS = (
    Browser("Chrome", "141", "Windows", "11", "", 30),
    Browser("Chrome", "142", "Mac OS X", "15.1", "", 24),
    Browser("Safari", "18.3", "Mac OS X", "15.1", "", 12),
    Browser("Firefox", "144", "Windows", "11", "", 5),
    Browser("Firefox", "144", "Linux", "", "", 4),
    Browser("Microsoft Edge", "141", "Windows", "11", "", 10),
)
PHONE_BROWSERS = (
    Browser("Mobile Safari", "18.3", "iOS", "18.3", "iPhone", 9),
    Browser("Chrome", "142", "Android", "15", "Android", 8),
)


class Phone(NamedTuple):
    """What a mobile client reports about itself."""

    platform: str
    library: str
    os: str
    os_version: str
    manufacturer: str
    device: str
    carrier: str


PHONES = {
    "iOS": (
        Phone("iOS", "amplitude-swift/1.13.0", "ios", "18.3", "Apple", "iPhone 15", "Telefónica"),
        Phone("iOS", "amplitude-swift/1.13.0", "ios", "17.6", "Apple", "iPhone 13", "T-Mobile"),
        Phone("iOS", "amplitude-swift/1.13.0", "ios", "18.3", "Apple", "iPad Air", ""),
    ),
    "Android": (
        Phone("Android", "amplitude-kotlin/1.20.2", "android", "15", "Google", "Pixel 9", "Vodafone"),
        Phone("Android", "amplitude-kotlin/1.20.2", "android", "14", "Samsung", "Galaxy S24", "Verizon"),
        Phone("Android", "amplitude-kotlin/1.20.2", "android", "14", "Xiaomi", "Redmi Note 13", "Airtel"),
    ),
}
WEB_LIBRARY = "web 2.83.0"
SERVER_LIBRARY = "python 5.4.1"
# App version, and the day of the window on which it was released.
APP_RELEASES = (("4.6.0", 0), ("4.7.0", 23), ("4.8.0", 43), ("4.8.1", 64), ("4.9.0", 80))
