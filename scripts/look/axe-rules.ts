/** What axe looks for in every view, in tests and in the built page: WCAG 2.2, levels A and AA. */
export const WCAG_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
