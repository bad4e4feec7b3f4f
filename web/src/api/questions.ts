// Questions and answers as the server knows them; names are those of the JSON.
// The server's side: query/parts.py, query/questions/*.py, query/answer.py, query/answers/*.py.

export type Scalar = string | number | boolean | null
export type Scope = 'event' | 'builtin' | 'field' | 'user' | 'group' | 'session'
export type At = 'now' | 'event'
export type Property = { key: string; scope?: Scope; at?: At; group_type?: string }

export type Compare = { type: 'compare'; property: Property; operator: string; values?: Scalar[]; as_text?: boolean }
export type InCohort = { type: 'in_cohort'; id?: string; cohort?: unknown; name?: string }
export type Group = { type: 'all' | 'any'; filters: Filter[] }
export type Filter = Compare | InCohort | Group | { type: 'not'; filter: Filter } | { type: 'items'; property: Property; filter: Filter }

/** Which events: of the names, or those of a saved custom event (`custom` is its number, `label` its name). */
export type NamedEvent = { names?: string[]; custom?: string; label?: string }
export type EventSelector = NamedEvent & { filter?: Filter | null; first_time?: boolean }
export type Interval = 'minute' | 'five_minutes' | 'hour' | 'day' | 'week' | 'month' | 'quarter'
export type DateRange =
  | { type: 'last'; count: number; unit: Interval; complete?: boolean }
  | { type: 'between'; from: string; to: string }
  | { type: 'to_date'; unit: 'week' | 'month' | 'quarter' | 'year' }
  | { type: 'since'; from: string }

export type Measure =
  | 'total' | 'unique' | 'average' | 'sessions' | 'active_share' | 'frequency'
  | 'sum' | 'mean' | 'min' | 'max' | 'median' | 'percentile' | 'distinct'
export type Window = { type: 'days' | 'intervals'; count: number } | { type: 'cumulative' }
export type PerPerson = 'total' | 'sum' | 'mean' | 'min' | 'max' | 'distinct'
export type Metric = {
  event: EventSelector
  measure: Measure
  property?: Property | null
  percentile?: number | null
  per_person?: PerPerson | null
  window?: Window | null
  rolling_average?: number | null
  name?: string
}
export type Buckets = { type: 'automatic'; count: number } | { type: 'custom'; bounds: number[] }
export type Breakdown = { property?: Property | null; cohorts?: InCohort[]; buckets?: Buckets | null; as_text?: boolean; each_item?: boolean }
export type Formula = { expression: string; name?: string }
export type Compared = { type: 'previous' } | { type: 'shift'; unit: 'day' | 'week' | 'month' | 'quarter' | 'year'; count: number }

export type Segmentation = {
  type: 'segmentation'
  metrics: Metric[]
  range: DateRange
  interval: Interval
  breakdowns: Breakdown[]
  filter?: Filter | null
  formulas?: Formula[]
  compare?: Compared | null
  others?: boolean
  limit?: number
}
export type FunnelStep = { event: EventSelector; optional?: boolean }
export type Attribution = 'first' | 'last' | 'step'
export type Funnel = {
  type: 'funnel'
  steps: FunnelStep[]
  range: DateRange
  window: { count: number; unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' }
  entry: 'first' | 'every' | 'session' | 'longest'
  order: 'loose' | 'strict' | 'any'
  exclusions?: { event: EventSelector; after?: number; before?: number }[]
  population?: Filter | null
  held?: Breakdown[]
  breakdowns: { by: Breakdown; attribution?: Attribution; step?: number }[]
  limit?: number
  interval?: Interval | null
  times?: boolean
}
export type Retention = {
  type: 'retention'
  start: EventSelector
  returning: EventSelector
  rule: 'first_ever' | 'first_of_interval' | 'every' | 'new'
  range: DateRange
  interval: 'day' | 'week' | 'month'
  measured_by: 'rolling' | 'rolling_hours' | 'calendar'
  windows: number
  criterion: 'on' | 'on_or_after' | 'on_or_before' | 'streak'
  breakdowns: Breakdown[]
  limit?: number
}
export type Flows = {
  type: 'flows'
  anchor: EventSelector
  to?: EventSelector | null
  before: number
  after: number
  range: DateRange
  filter?: Filter | null
  count: 'people' | 'sessions' | 'total'
  hidden?: string[]
  collapse_repeats?: boolean
  top: number
}
export type Lifecycle = { type: 'lifecycle'; event: EventSelector; range: DateRange; interval: 'day' | 'week' | 'month' }
export type Frequency = { type: 'frequency'; event: EventSelector; range: DateRange; period: 'day' | 'week' | 'month'; unit: 'hour' | 'day'; at_least: boolean }
export type SessionBreakdown = { part: 'entry' | 'exit' | 'property'; property?: Property }
export type Sessions = {
  type: 'sessions'
  measure: 'count' | 'people' | 'per_person' | 'average_length' | 'average_events'
  containing?: EventSelector | null
  range: DateRange
  interval: Interval
  breakdowns: SessionBreakdown[]
  limit?: number
}
export type Revenue = { type: 'revenue'; event: EventSelector; property: Property; active: EventSelector; range: DateRange; interval: Interval }
export type LifetimeValue = { type: 'lifetime_value'; event: EventSelector; property: Property; range: DateRange; interval: Interval; new_where?: Filter | null; one_cohort: boolean; days: number[] }
export type CohortSizes = { type: 'cohort_sizes'; cohorts: InCohort[]; range?: DateRange | null; interval?: Interval }
export type Question = Segmentation | Funnel | Retention | Flows | Lifecycle | Frequency | Sessions | Revenue | LifetimeValue | CohortSizes

/** `date` is the local start: `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` for intervals shorter than a day. */
export type Bucket = { start: number; end: number; date: string; complete: boolean }
export type Explanation = {
  sentence: string
  sql: string[]
  parameters: Record<string, string>[]
  rows_read: number
  elapsed_ms: number
  computed_at: number
  behind: boolean
}
type Explained = { timezone: string; explanation: Explanation }
export type Series = { metric: number; breakdown: Scalar[]; values: (number | null)[]; overall: number | null; segment?: number; other?: boolean }
export type SegmentationAnswer = Explained & { buckets: Bucket[]; series: Series[]; comparison?: { buckets: Bucket[]; series: Series[] } | null }
export type Span = { mean: number; median: number; bins: [number, number][] }
export type FunnelStepCount = { attempts: number; people: number; of_previous: number; of_first: number; from_previous: Span | null; from_start: Span | null }
export type FunnelRow = { breakdown: Scalar[] | null; steps: FunnelStepCount[]; over_time: { attempts: number[]; people: number[] }[]; significance: number | null }
export type FunnelAnswer = Explained & { steps: string[]; buckets: Bucket[]; rows: FunnelRow[]; required_only: FunnelRow[] | null }
type RetentionOverall = { people: number[]; values: number[] }
export type RetentionSeries = {
  breakdown: Scalar[]
  cohorts: { people: number; returned: number[]; values: number[] }[]
  summed: RetentionOverall
  weighted: RetentionOverall
}
export type RetentionAnswer = Explained & { cohorts: Bucket[]; windows: [number, number][]; complete: number[]; series: RetentionSeries[] }
export type FlowStep = { kind: 'event' | 'other' | 'end' | 'more' | 'target'; event: string | null; value: Scalar }
export type FlowNode = { position: number; step: FlowStep; count: number }
export type FlowPath = { position: number; steps: FlowStep[]; count: number }
export type FlowsAnswer = Explained & { total: number; converted: number; nodes: FlowNode[]; links: { source: number; target: number; count: number }[]; paths: FlowPath[] }
export type LifecycleAnswer = Explained & { buckets: Bucket[]; new: number[]; current: number[]; resurrected: number[]; dormant: number[]; pulse: (number | null)[] }
export type FrequencyAnswer = Explained & { periods: Bucket[]; active: number[]; people: number[][] }
export type SessionSeries = { breakdown: Scalar[]; sessions: number; values: number[]; overall: number; lengths: number[] }
export type SessionsAnswer = Explained & { buckets: Bucket[]; bins: number[]; series: SessionSeries[] }
export type RevenueAnswer = Explained & { buckets: Bucket[]; revenue: number[]; active: number[]; paying: number[]; per_active: number[]; per_paying: number[] }
export type LifetimeValueAnswer = Explained & { days: number[]; cohorts: { date: string; people: number; old_enough: number[]; paying: number[]; revenue: number[]; ever_paid: number; total: number }[] }
export type CohortSizesAnswer = Explained & { buckets: Bucket[]; series: { cohort: number; name: string; size: number; values: number[] }[] }

type Answers = {
  segmentation: SegmentationAnswer
  funnel: FunnelAnswer
  retention: RetentionAnswer
  flows: FlowsAnswer
  lifecycle: LifecycleAnswer
  frequency: FrequencyAnswer
  sessions: SessionsAnswer
  revenue: RevenueAnswer
  lifetime_value: LifetimeValueAnswer
  cohort_sizes: CohortSizesAnswer
}
export type AnswerOf<Q extends Question> = Answers[Q['type']]
/** An answer together with what was asked, so that one is never drawn under the other's heading. */
export type Answered<Q extends Question> = { question: Q; answer: AnswerOf<Q> }
