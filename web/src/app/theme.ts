import { type CSSVariablesResolver, type MantineColorsTuple, createTheme, useComputedColorScheme } from '@mantine/core'

const brand: MantineColorsTuple = [
  '#eef1ff', '#dbe1fd', '#b8c2f8', '#93a2f3', '#7487ee', '#5f76ec', '#4c63e8', '#3e53cf', '#3549ba', '#283ca5',
]
const dark: MantineColorsTuple = [
  '#d3d6dd', '#b9bec8', '#9aa1ae', '#6b7280', '#3a3f4a', '#2c3039', '#1f2229', '#15171c', '#111317', '#0d0e11',
]

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 6,
  colors: { brand, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  // Nothing slides or fades for people who asked their system for that.
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.3' }, h2: { fontSize: '1rem', lineHeight: '1.4' } } },
})

/** Mantine's dimmed grey is too pale to read; cards stand out from a tinted ground. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5c6370', '--ground': '#f6f7f9', '--card': '#ffffff', '--line': '#e3e6eb', '--hover': '#f3f5f9', '--bar': '#e0e5fd', '--mantine-color-brand-light': '#edf0ff', '--mantine-color-brand-light-color': '#3e53cf' },
  dark: { '--mantine-color-dimmed': '#9aa1ae', '--ground': '#15171c', '--card': '#1b1e24', '--line': '#2c3039', '--hover': '#23272f', '--bar': '#2b3257', '--mantine-color-brand-light': '#262c49', '--mantine-color-brand-light-color': '#a9b8ff' },
})

export const useDark = () => useComputedColorScheme('light') === 'dark'
