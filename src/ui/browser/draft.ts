const KEY = 'mmgrid-document';
/** Longer ones are not kept: a page's storage is 5 MB in all. */
const MAX_LENGTH = 2 ** 18;

/** The document in work, as a reload finds it. */
export interface Draft {
  readonly text: string;
  /** Of an unedited preset, whose text is then the build's own; null after the first edit. */
  readonly preset: string | null;
}

/**
 * What was in work in this tab, or last in another; null where nothing was, or storage is blocked.
 * @param textOf the text of a preset of this build
 */
export function storedDraft(textOf: (preset: string) => string | undefined): Draft | null {
  try {
    const stored = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
    const value: unknown = JSON.parse(stored ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { text, preset } = value as Partial<Record<keyof Draft, unknown>>;
    if (typeof preset === 'string') {
      const known = textOf(preset);
      return known === undefined ? null : { text: known, preset };
    }
    return typeof text === 'string' && text.length <= MAX_LENGTH ? { text, preset: null } : null;
  } catch {
    return null; // blocked or damaged: the page starts as on the first day
  }
}

/** Of an edited document the text is kept, of a preset its name. */
export function storeDraft({ text, preset }: Draft): void {
  if (preset === null && text.length > MAX_LENGTH) return;
  const value = JSON.stringify(preset === null ? { text } : { preset });
  try {
    // The tab's own first: two tabs with two documents do not change each other's.
    sessionStorage.setItem(KEY, value);
    localStorage.setItem(KEY, value);
  } catch {
    // see storedDraft
  }
}
