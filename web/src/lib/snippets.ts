// Lines to copy that send a first event, per client. The values are the project's own.

export type Snippet = { id: string; label: string; lines: string }

export function snippets(origin: string, token: string): Snippet[] {
  return [
    {
      id: 'mixpanel-browser',
      label: 'Mixpanel · browser',
      lines: `import mixpanel from 'mixpanel-browser'

mixpanel.init('${token}', { api_host: '${origin}' })
mixpanel.track('Hello')`,
    },
    {
      id: 'amplitude-browser',
      label: 'Amplitude · browser',
      lines: `import * as amplitude from '@amplitude/analytics-browser'

amplitude.init('${token}', {
  serverUrl: '${origin}/2/httpapi',
  remoteConfig: { serverUrl: '${origin}/config' },
})
amplitude.track('Hello')`,
    },
    {
      id: 'mixpanel-python',
      label: 'Mixpanel · Python',
      lines: `from mixpanel import Consumer, Mixpanel

base = "${origin}"
mp = Mixpanel("${token}", consumer=Consumer(
    events_url=base + "/track", people_url=base + "/engage",
    groups_url=base + "/groups", import_url=base + "/import"))
mp.track("user-1", "Hello")`,
    },
    {
      id: 'amplitude-python',
      label: 'Amplitude · Python',
      lines: `from amplitude import Amplitude, BaseEvent

client = Amplitude("${token}")
client.configuration.server_url = "${origin}/2/httpapi"
client.track(BaseEvent(event_type="Hello", user_id="user-1"))
client.shutdown()`,
    },
    {
      id: 'node',
      label: 'Node',
      lines: `// Mixpanel
const Mixpanel = require('mixpanel')
const { host, protocol } = new URL('${origin}')
Mixpanel.init('${token}', { host, protocol: protocol.slice(0, -1) })
  .track('Hello', { distinct_id: 'user-1' })

// Amplitude
const amplitude = require('@amplitude/analytics-node')
amplitude.init('${token}', { serverUrl: '${origin}/2/httpapi' })
amplitude.track('Hello', undefined, { user_id: 'user-1' })`,
    },
    {
      id: 'curl',
      label: 'curl',
      lines: `curl ${origin}/track -H 'Content-Type: application/json' \\
  -d '[{"event":"Hello","properties":{"token":"${token}","distinct_id":"user-1"}}]'

curl ${origin}/2/httpapi -H 'Content-Type: application/json' \\
  -d '{"api_key":"${token}","events":[{"user_id":"user-1","event_type":"Hello"}]}'`,
    },
  ]
}
