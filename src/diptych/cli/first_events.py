"""Lines to copy that send a first event, one block per client."""

from string import Template

_BLOCKS = {
    "curl, as Mixpanel's clients send": """\
curl '$address/track' -H 'Content-Type: application/json' \\
  -d '[{"event": "Signed Up", "properties": {"token": "$token", "distinct_id": "user-1"}}]'
""",
    "curl, as Amplitude's clients send": """\
curl '$address/2/httpapi' -H 'Content-Type: application/json' \\
  -d '{"api_key": "$token", "events": [{"event_type": "Signed Up", "user_id": "user-1"}]}'
""",
    "Mixpanel in Python (pip install mixpanel)": """\
from mixpanel import Consumer, Mixpanel
server = "$address"
consumer = Consumer(events_url=server + "/track", people_url=server + "/engage",
                    groups_url=server + "/groups", import_url=server + "/import")
Mixpanel("$token", consumer=consumer).track("user-1", "Signed Up", {"plan": "Pro"})
""",
    "Amplitude in Python (pip install amplitude-analytics)": """\
from amplitude import Amplitude, BaseEvent
client = Amplitude("$token")
client.configuration.server_url = "$address/2/httpapi"
client.track(BaseEvent("Signed Up", user_id="user-1", event_properties={"plan": "Pro"}))
client.shutdown()
""",
    "Mixpanel in browsers (npm install mixpanel-browser)": """\
import mixpanel from "mixpanel-browser";
mixpanel.init("$token", { api_host: "$address" });
mixpanel.track("Signed Up", { plan: "Pro" });
""",
    "Amplitude in browsers (npm install @amplitude/analytics-browser)": """\
import * as amplitude from "@amplitude/analytics-browser";
amplitude.init("$token", {
  serverUrl: "$address/2/httpapi", remoteConfig: { serverUrl: "$address/config" } });
amplitude.track("Signed Up", { plan: "Pro" });
""",
}


def first_events(address: str, token: str) -> dict[str, str]:
    """Lines by client."""
    return {client: Template(lines).substitute(address=address, token=token) for client, lines in _BLOCKS.items()}
