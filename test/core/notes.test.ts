import { describe, expect, it } from 'vitest';
import { faultLines, firstNames, shownNotes, SCREEN_NOTES } from '../../src/core/notes.ts';

describe('notes', () => {
  it('stand once each, warnings first', () => {
    expect(shownNotes(['b', 'a', 'b', 'Warning: c', 'a'])).toEqual(['Warning: c', 'b', 'a']);
  });

  it('are never more than a screen; the rest is counted', () => {
    const many = Array.from({ length: 50 }, (_, index) => `note ${String(index)}`);
    const shown = shownNotes([...many, 'Warning: last']);
    expect(shown).toHaveLength(SCREEN_NOTES);
    expect(shown[0]).toBe('Warning: last');
    expect(shown.at(-2)).toBe('note 17');
    expect(shown.at(-1)).toBe('… and 32 more notes.');
    expect(shownNotes(many.slice(0, SCREEN_NOTES))).toHaveLength(SCREEN_NOTES);
    expect(shownNotes(many, 3)).toEqual(['note 0', 'note 1', '… and 48 more notes.']);
  });

  it('name the first of many', () => {
    expect(firstNames(['a', 'b'])).toBe('a, b');
    expect(firstNames(['a', 'b', 'c'], 2)).toBe('a, b, … (3 in all)');
  });
});

it('few faults stand as they are, many that say the same are one line', () => {
  const missing = (count: number) =>
    Array.from({ length: count }, (_, layer) => ({
      place: `layer ${String(layer)}`,
      message: 'Missing.',
    }));
  expect(faultLines(missing(2))).toEqual(['layer 0: Missing.', 'layer 1: Missing.']);
  expect(faultLines(missing(20))).toHaveLength(20);
  const other = { place: 'config.json', message: 'Is a web page.' };
  expect(faultLines([...missing(118), other])).toEqual([
    'layer 0 and 117 others: Missing.',
    'config.json: Is a web page.',
  ]);
  const each = missing(50).map(({ place }, at) => ({ place, message: `Fault ${String(at)}.` }));
  const lines = faultLines(each);
  expect(lines).toHaveLength(20);
  expect(lines.at(-1)).toBe('… and 31 more faults of other kinds.');
});
