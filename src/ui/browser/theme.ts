export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'mmgrid-theme';
const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

/** The stored choice; 'auto' where storage is blocked or empty. */
export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto'; // blocked storage: the page works, the choice lasts as long as the page
  }
}

/** Applies and remembers a theme; 'auto' follows the system. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // see storedTheme
  }
}

export function nextTheme(theme: Theme): Theme {
  return NEXT[theme];
}
