import { lengthOf } from './format'

/** Bins of times with those in between that are empty left out, as the server sends them: (from in ms, how many). */
export function timeBins(bins: [number, number][]): { labels: string[]; counts: number[] } {
  return {
    labels: bins.map(([from], place) => `${lengthOf(from)}${bins[place + 1] ? ` – ${lengthOf(bins[place + 1]![0])}` : ' and more'}`),
    counts: bins.map(([, count]) => count),
  }
}
