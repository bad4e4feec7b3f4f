import type { Bucket, Interval } from '../api/types'
import { bucketLabels, bucketTitle } from '../lib/format'

/**
 * The places of a chart from left to right: short names, full names, and from which one on they still change. One of
 * time has dates and spans (UTC milliseconds, the end excluded), and what was noted at each of them.
 */
export type Axis = { labels: string[]; titles: string[]; finished: number; dates?: string[]; spans?: { start: number; end: number }[]; notes?: string[][] }

export const timeAxis = (buckets: Bucket[], interval: Interval): Axis => ({
  labels: bucketLabels(buckets, interval),
  titles: buckets.map((bucket) => bucketTitle(bucket, interval)),
  finished: finished(buckets),
  dates: buckets.map((bucket) => bucket.date),
  spans: buckets,
})

export const plainAxis = (labels: string[], titles = labels, done = labels.length): Axis => ({ labels, titles, finished: done })

/** How many intervals from the left are over; the rest still count. */
export function finished(buckets: Bucket[]): number {
  const open = buckets.findIndex((bucket) => !bucket.complete)
  return open < 0 ? buckets.length : open
}
