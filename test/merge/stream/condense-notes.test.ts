import { expect, it } from 'vitest';
import { condenseNotes } from '../../../src/merge/stream/condense-notes.ts';

it('notes that say the same are said once, and there are never more than a screen', () => {
  const at = (place: string, message: string) => ({ place, message });
  expect(condenseNotes([at('a', 'x'), at('b', 'y'), at('c', 'x'), at('d', 'x')])).toEqual([
    at('a and 2 more', 'x'),
    at('b', 'y'),
  ]);
  const many = Array.from({ length: 40 }, (_, index) => at('a', String(index)));
  const shown = condenseNotes(many);
  expect(shown).toHaveLength(17);
  expect(shown.at(-1)).toEqual(at('notes', '24 more are not shown.'));
  expect(condenseNotes(many.slice(0, 16))).toEqual(many.slice(0, 16));
});
