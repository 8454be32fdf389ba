import type { Fault } from '../../core/errors.ts';

/** Notes shown; the rest are counted. A terminal shows about as many lines. */
const MOST_NOTES = 16;

/** Notes for people: what holds for many tensors is said once, with their number. */
export function condenseNotes(notes: readonly Fault[]): readonly Fault[] {
  const byMessage = new Map<string, string[]>();
  for (const { place, message } of notes) {
    byMessage.set(message, [...(byMessage.get(message) ?? []), place]);
  }
  const all = [...byMessage].map(([message, [place = '', ...more]]): Fault => {
    return { place: more.length === 0 ? place : `${place} and ${more.length} more`, message };
  });
  const rest = all.length - MOST_NOTES;
  if (rest <= 0) return all;
  return [...all.slice(0, MOST_NOTES), { place: 'notes', message: `${rest} more are not shown.` }];
}
