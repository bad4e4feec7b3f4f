import type { ReactNode } from 'react'

type Props = { size?: number; className?: string }

const icon = (drawing: ReactNode) =>
  function Icon({ size = 18, className }: Props) {
    return (
      <svg
        width={size}
        height={size}
        className={className}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden
      >
        {drawing}
      </svg>
    )
  }

export const OverviewIcon = icon(<path d="M4 4h7v9H4zM13 4h7v5h-7zM13 12h7v8h-7zM4 16h7v4H4z" />)
export const InsightsIcon = icon(<path d="M4 4v16h16M7.5 15l4-5 3 3 5-7" />)
export const LiveIcon = icon(<path d="M3 12h4l3-8 4 16 3-8h4" />)
export const InstallIcon = icon(<path d="M8 7l-5 5 5 5M16 7l5 5-5 5" />)
export const IssuesIcon = icon(<path d="M12 4L2.5 20h19zM12 10v4.5M12 17.2v.1" />)
export const LexiconIcon = icon(<path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11M9 8h6" />)
export const SettingsIcon = icon(<path d="M4 7h9M19 7h1M4 17h1M11 17h9M13 7a3 3 0 1 0 6 0a3 3 0 1 0-6 0M5 17a3 3 0 1 0 6 0a3 3 0 1 0-6 0" />)
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.5 20a7.5 7.5 0 0 1 15 0" />
  </>,
)
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />)
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4" />
  </>,
)
export const MoonIcon = icon(<path d="M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z" />)
export const AutoIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 4v16a8 8 0 0 0 0-16z" fill="currentColor" stroke="none" />
  </>,
)
export const ChevronRight = icon(<path d="M9 6l6 6-6 6" />)
export const ChevronDown = icon(<path d="M6 9l6 6 6-6" />)
export const UpDown = icon(<path d="M8 9l4-4 4 4M8 15l4 4 4-4" />)
export const CheckIcon = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />)
export const CopyIcon = icon(<path d="M9 9h11v11H9zM15 9V4H4v11h5" />)
export const PauseIcon = icon(<path d="M9 5v14M15 5v14" />)
export const PlayIcon = icon(<path d="M7 5l12 7-12 7z" />)
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M20 20l-4.2-4.2" />
  </>,
)
export const RefreshIcon = icon(<path d="M20 11a8 8 0 1 0-2.3 6.2M20 5v6h-6" />)
export const LinkIcon = icon(<path d="M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12.5 6M14 10a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7l1-1.2" />)
export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />)
export const EventIcon = icon(<path d="M13 3L5 14h6l-1 7 8-11h-6z" />)
export const PropertyIcon = icon(<path d="M4 7h16M4 12h10M4 17h6" />)
export const FilterIcon = icon(<path d="M4 5h16l-6 7.5V19l-4-2v-4.5z" />)
export const MoreIcon = icon(<path d="M12 5v.1M12 12v.1M12 19v.1" strokeWidth="2.6" />)
export const UndoIcon = icon(<path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4" />)
export const RedoIcon = icon(<path d="M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h4" />)
export const FunnelIcon = icon(<path d="M4 5v14M9.3 8v11M14.6 12v7M20 15.5V19" />)
export const RetentionIcon = icon(<path d="M4 4h4v4H4zM10 4h4v4h-4zM16 4h4v4h-4zM4 10h4v4H4zM10 10h4v4h-4zM4 16h4v4H4z" />)
export const FlowsIcon = icon(<path d="M4 6c8 0 8 6 16 6M4 18c8 0 8-6 16-6" />)
export const LifecycleIcon = icon(<path d="M20 12a8 8 0 1 1-3-6.2M20 4v4h-4M12 8v4l3 2" />)
export const StickinessIcon = icon(<path d="M5 19v-9M9.700 19V5M14.300 19v-6M19 19V8" />)
export const SessionsIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.5V12l3 2" />
  </>,
)
export const RevenueIcon = icon(<path d="M12 4v16M16 7.5C15 6.5 13.7 6 12 6c-2.300 0-4 1.200-4 3s1.700 2.600 4 3 4 1.200 4 3-1.700 3-4 3c-1.700 0-3.200-.600-4.200-1.800" />)
export const LifetimeIcon = icon(<path d="M4 19c3 0 4-9 9-11.500 2-1 4.500-1.500 7-1.500M4 4v16h16" />)
export const UsersIcon = icon(
  <>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.500 19.500a6.500 6.500 0 0 1 13 0M16 4.800a3.500 3.500 0 0 1 0 6.400M18 13.500a6.500 6.500 0 0 1 3.500 6" />
  </>,
)
export const CohortsIcon = icon(
  <>
    <circle cx="9" cy="12" r="6" />
    <circle cx="15" cy="12" r="6" />
  </>,
)
export const DashboardIcon = icon(<path d="M4 4h16v6H4zM4 14h7v6H4zM15 14h5v6h-5z" />)
export const ReportsIcon = icon(<path d="M6 3h9l4 4v14H6zM9.500 12h6M9.500 16h6" />)
export const AxesIcon = icon(<path d="M4 4v16h16M8 14h12M8 9h12" />)
export const FlagIcon = icon(<path d="M6 21V4M6 5h12l-3 4 3 4H6" />)
export const DownloadIcon = icon(<path d="M12 4v11M7.500 11l4.500 4.500L16.500 11M4 20h16" />)
export const SaveIcon = icon(<path d="M5 4h11l3 3v13H5zM8.500 4v5h6V4M8.500 20v-6h7v6" />)

/** The product's sign: two panels. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <path d="M5 7.5A2.5 2.5 0 0 1 7.5 5H15v22H7.5A2.5 2.5 0 0 1 5 24.5z" fill="#4c63e8" />
      <path d="M17 5h7.5A2.5 2.5 0 0 1 27 7.5v17a2.5 2.5 0 0 1-2.5 2.5H17z" fill="#f08c3a" />
    </svg>
  )
}
