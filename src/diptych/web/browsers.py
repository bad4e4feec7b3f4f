"""A browser in words, for the list of one's sessions."""

from ua_parser import parse

_UNKNOWN = "Unknown browser"


def browser_of(user_agent: str) -> str:
    """The browser and its system.

    >>> browser_of("")
    'Unknown browser'
    """
    found = parse(user_agent)
    browser = found.user_agent and found.user_agent.family
    system = found.os and found.os.family
    return f"{browser or _UNKNOWN} on {system}" if system else browser or _UNKNOWN
