/** Lines to copy that send a first event, per client. The address and the token are the project's own. */
export type Snippet = { id: string; label: string; install?: string; lines: string; note?: string }

export function snippets(origin: string, token: string): Snippet[] {
  return [
    {
      id: 'mixpanel-browser',
      label: 'Mixpanel · browser',
      install: 'npm install mixpanel-browser',
      lines: `import mixpanel from 'mixpanel-browser'

mixpanel.init('${token}', { api_host: '${origin}' })
mixpanel.track('Hello')`,
    },
    {
      id: 'amplitude-browser',
      label: 'Amplitude · browser',
      install: 'npm install @amplitude/analytics-browser',
      lines: `import * as amplitude from '@amplitude/analytics-browser'

amplitude.init('${token}', {
  serverUrl: '${origin}/2/httpapi',
  remoteConfig: { fetchRemoteConfig: false },
})
amplitude.track('Hello')`,
      note: 'Without the line about remoteConfig the SDK also asks Amplitude’s own servers for settings.',
    },
    mixpanelPython(origin, token),
    {
      id: 'amplitude-python',
      label: 'Amplitude · Python',
      install: 'pip install amplitude-analytics',
      lines: `from amplitude import Amplitude, BaseEvent

client = Amplitude("${token}")
client.configuration.server_url = "${origin}/2/httpapi"
client.track(BaseEvent(event_type="Hello", user_id="user-1"))
client.shutdown()`,
      note: 'A user id has at least five characters, as Amplitude wants it.',
    },
    {
      id: 'node',
      label: 'Node',
      install: 'npm install mixpanel @amplitude/analytics-node',
      lines: `// Mixpanel
const Mixpanel = require('mixpanel')
const { host, protocol } = new URL('${origin}')
Mixpanel.init('${token}', { host, protocol: protocol.slice(0, -1) })
  .track('Hello', { distinct_id: 'user-1' })

// Amplitude
const amplitude = require('@amplitude/analytics-node')
amplitude.init('${token}', { serverUrl: '${origin}/2/httpapi' })
amplitude.track('Hello', undefined, { user_id: 'user-1' })`,
      note: 'Either half works alone.',
    },
    {
      id: 'curl',
      label: 'curl',
      lines: `# As Mixpanel's clients send
curl '${origin}/track' -H 'Content-Type: application/json' \\
  -d '[{"event":"Hello","properties":{"token":"${token}","distinct_id":"user-1"}}]'

# As Amplitude's clients send
curl '${origin}/2/httpapi' -H 'Content-Type: application/json' \\
  -d '{"api_key":"${token}","events":[{"user_id":"user-1","event_type":"Hello"}]}'`,
      note: 'Either half works alone.',
    },
  ]
}

/** The SDK's `api_host` always means https; plain http needs the whole addresses. */
function mixpanelPython(origin: string, token: string): Snippet {
  const address = new URL(origin)
  const consumer =
    address.protocol === 'https:'
      ? `Consumer(api_host="${address.host}")`
      : `Consumer(
    events_url="${origin}/track",
    people_url="${origin}/engage",
    groups_url="${origin}/groups",
    import_url="${origin}/import",
)`
  return {
    id: 'mixpanel-python',
    label: 'Mixpanel · Python',
    install: 'pip install mixpanel',
    lines: `from mixpanel import Consumer, Mixpanel

consumer = ${consumer}
mp = Mixpanel("${token}", consumer=consumer)
mp.track("user-1", "Hello")`,
    ...(address.protocol !== 'https:' && {
      note: 'Behind https, Consumer(api_host="diptych.example.com") is enough; api_host never uses plain http.',
    }),
  }
}
