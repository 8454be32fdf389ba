import type { Fault } from './errors.ts';

/** About as many as a terminal shows at once. */
const MOST_LINES = 20;

/**
 * Notes as lines that fit on a screen: what holds at many places is one line with their number, and
 * what is still too much is counted.
 */
export function noteLines(notes: readonly Fault[], most = MOST_LINES): string[] {
  const places = new Map<string, Set<string>>();
  for (const { place, message } of notes) {
    places.set(message, (places.get(message) ?? new Set()).add(place));
  }
  const lines = [...places].map(([message, [first = '', ...rest]]) => {
    const others =
      rest.length === 0 ? '' : ` and ${rest.length} other${rest.length === 1 ? '' : 's'}`;
    return first === '' ? message : `${first}${others}: ${message}`;
  });
  if (lines.length <= most) return lines;
  const hidden = lines.length - most + 1;
  return [...lines.slice(0, most - 1), `… and ${hidden} more notes of other kinds.`];
}
