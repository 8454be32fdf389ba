import type { Fault } from './errors.ts';

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

/**
 * Notes as lines that fit on a screen: what holds at many places is one line with their number, and
 * what is still too much is counted.
 */
export function noteLines(notes: readonly Fault[], most = SCREEN_NOTES): string[] {
  const lines = groupedLines(notes);
  if (lines.length <= most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), `… and ${hidden} more notes of other kinds.`];
}

/**
 * Faults as lines that fit on a screen. Few stand as they are, each with its place; of many, those
 * that say the same are one line with their number.
 */
export function faultLines(faults: readonly Fault[], most = SCREEN_NOTES): string[] {
  if (faults.length <= most) return faults.map(({ place, message }) => `${place}: ${message}`);
  const lines = groupedLines(faults);
  if (lines.length <= most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), `… and ${String(hidden)} more faults of other kinds.`];
}

function groupedLines(faults: readonly Fault[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const { place, message } of faults) {
    places.set(message, (places.get(message) ?? new Set()).add(place));
  }
  return [...places].map(([message, [first = '', ...rest]]) => {
    const others =
      rest.length === 0 ? '' : ` and ${rest.length} other${rest.length === 1 ? '' : 's'}`;
    return first === '' ? message : `${first}${others}: ${message}`;
  });
}
