// A hue per value, the same everywhere: it depends on the value, and neighbours that collide move on.

const LIGHT = ['#4263eb', '#f08c00', '#2b8a3e', '#c2255c', '#0b7285', '#862e9c', '#5c940d', '#d9480f', '#364fc7', '#868e96']
const DARK = ['#748ffc', '#ffa94d', '#69db7c', '#f783ac', '#3bc9db', '#da77f2', '#a9e34b', '#ff922b', '#91a7ff', '#adb5bd']

export function colorsFor(names: string[], dark: boolean): Map<string, string> {
  const palette = dark ? DARK : LIGHT
  const taken = new Set<number>()
  const colors = new Map<string, string>()
  for (const name of names) {
    let place = hash(name) % palette.length
    while (taken.has(place) && taken.size < palette.length) place = (place + 1) % palette.length
    taken.add(place)
    colors.set(name, palette[place]!)
  }
  return colors
}

function hash(text: string): number {
  let value = 0
  for (const character of text) value = (value * 31 + character.codePointAt(0)!) >>> 0
  return value
}
