import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { storeDraft, storedDraft } from '../../src/ui/browser/draft.ts';

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

const textOf = (preset: string) => ({ demo: 'name: demo of this build' })[preset];
let local: Shelf;
beforeEach(() => {
  local = new Shelf();
  vi.stubGlobal('localStorage', local);
  vi.stubGlobal('sessionStorage', new Shelf());
});
afterEach(() => vi.unstubAllGlobals());

it('keeps an edited text, and of a preset its name alone', () => {
  expect(storedDraft(textOf)).toBeNull();
  storeDraft({ text: 'name: mine', preset: null });
  expect(storedDraft(textOf)).toEqual({ text: 'name: mine', preset: null });
  storeDraft({ text: 'name: demo of an older build', preset: 'demo' });
  expect(storedDraft(textOf)).toEqual({ text: 'name: demo of this build', preset: 'demo' });
  storeDraft({ text: 'x', preset: 'a preset that this build has not' });
  expect(storedDraft(textOf)).toBeNull();
});

it('of two tabs each finds its own, a new one the last', () => {
  storeDraft({ text: 'first', preset: null });
  const own = globalThis.sessionStorage;
  vi.stubGlobal('sessionStorage', new Shelf());
  storeDraft({ text: 'second', preset: null });
  vi.stubGlobal('sessionStorage', own);
  expect(storedDraft(textOf)?.text).toBe('first');
  vi.stubGlobal('sessionStorage', new Shelf());
  expect(storedDraft(textOf)?.text).toBe('second');
});

it.each(['{', '7', '{"text": 3}', '{"preset": 7}', '[]', '""'])(
  'takes %s for nothing',
  (stored) => {
    local.kept.set('mmgrid-document', stored);
    expect(storedDraft(textOf)).toBeNull();
  },
);

it('does without storage, and leaves what is too long', () => {
  storeDraft({ text: 'kept', preset: null });
  storeDraft({ text: 'x'.repeat(2 ** 18 + 1), preset: null });
  expect(storedDraft(textOf)?.text).toBe('kept');
  const blocked = () => {
    throw new DOMException('blocked', 'SecurityError');
  };
  vi.stubGlobal('sessionStorage', { getItem: blocked, setItem: blocked });
  storeDraft({ text: 'unkept', preset: null });
  expect(storedDraft(textOf)).toBeNull();
});
