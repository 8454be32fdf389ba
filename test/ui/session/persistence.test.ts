import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askToPersist, MAY_BE_CLEARED } from '../../../src/ui/session/persistence.ts';

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function keeper(isGranted: boolean, isKept = false) {
  return {
    persisted: vi.fn(() => Promise.resolve(isKept)),
    persist: vi.fn(() => Promise.resolve(isGranted)),
  };
}

test('asks once, ever, and is silent when it is granted', async () => {
  const granting = keeper(true);
  expect(await askToPersist(granting)).toBe('');
  expect(await askToPersist(granting)).toBe('');
  expect(granting.persist).toHaveBeenCalledTimes(1);
});

test('tells once that results may be deleted when it is denied', async () => {
  const denying = keeper(false);
  expect(await askToPersist(denying)).toBe(MAY_BE_CLEARED);
  expect(await askToPersist(denying)).toBe('');
  expect(denying.persist).toHaveBeenCalledTimes(1);
});

test('does not ask where it is so already, or where nobody can be asked', async () => {
  const lasting = keeper(false, true);
  expect(await askToPersist(lasting)).toBe('');
  expect(lasting.persist).not.toHaveBeenCalled();
  expect(await askToPersist(undefined)).toBe('');
});

test('a browser that throws promises nothing', async () => {
  const broken = { ...keeper(true), persist: () => Promise.reject(new TypeError('no')) };
  expect(await askToPersist(broken)).toBe(MAY_BE_CLEARED);
});

test('is silent the second time where not even that can be asked', async () => {
  const mute = { ...keeper(true), persisted: () => Promise.reject(new TypeError('no')) };
  expect(await askToPersist(mute)).toBe(MAY_BE_CLEARED);
  expect(await askToPersist(mute)).toBe('');
});

test('works where the page may keep nothing at all', async () => {
  vi.stubGlobal('localStorage', undefined);
  expect(await askToPersist(keeper(true))).toBe('');
});
