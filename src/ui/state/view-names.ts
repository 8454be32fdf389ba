/** The views in the order of the page's navigation, with their titles there. */
export const VIEW_TITLES = {
  start: 'Start',
  data: 'Data & contexts',
  grid: 'Grid',
  merge: 'Merge',
  recommend: 'Recommend',
  analysis: 'Analysis',
  results: 'Results',
} as const;

export type ViewName = keyof typeof VIEW_TITLES;

export const VIEW_NAMES = Object.keys(VIEW_TITLES) as readonly ViewName[];
