from diptych.ingest.user_agents import context_of

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def test_a_phone() -> None:
    assert context_of(IPHONE) == {
        "browser": '"Mobile Safari"',
        "browser_version": '"17.5"',
        "os": '"iOS"',
        "os_version": '"17.5"',
        "device": '"iPhone"',
        "device_brand": '"Apple"',
        "device_model": '"iPhone"',
    }


def test_what_is_no_user_agent_says_nothing() -> None:
    assert context_of("x" * 100_000) == {}
