/** Notes that fit on a screen beside other things. */
export const SCREEN_NOTES = 20;

/**
 * Notes for people to read: each once, warnings first, and never more than `most`; how many more
 * there are is the last one.
 */
export function shownNotes(notes: readonly string[], most: number = SCREEN_NOTES): string[] {
  const each = [...new Set(notes)];
  const isWarning = (note: string) => note.startsWith('Warning');
  const ordered = [...each.filter(isWarning), ...each.filter((note) => !isWarning(note))];
  if (ordered.length <= most) return ordered;
  const left = ordered.length - (most - 1);
  return [...ordered.slice(0, most - 1), `… and ${String(left)} more notes.`];
}

/** The first names of a list, and how many there are in all. */
export function firstNames(names: readonly string[], most = 6): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')}, … (${String(names.length)} in all)`;
}
