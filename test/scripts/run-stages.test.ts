import { describe, expect, it } from 'vitest';
import { runStages } from '../../scripts/test/run-stages.ts';
import { chooseStages, STAGES, type Stage } from '../../scripts/test/stages.ts';

/** Seconds that stages take. */
type Lengths = Readonly<Record<string, number>>;

interface Span {
  readonly name: string;
  readonly start: number;
  end: number;
}

/** Plays stages of these lengths (1 where not given) on a clock that jumps from end to end. */
async function played(stages: readonly Stage[], lengths: Lengths = {}): Promise<Span[]> {
  let now = 0;
  const spans: Span[] = [];
  const open: { readonly at: number; readonly end: () => void }[] = [];
  const all = runStages(stages, ({ name }) => {
    const at = now + (lengths[name] ?? 1);
    const span = { name, start: now, end: Infinity };
    spans.push(span);
    return new Promise<string>((resolve) => {
      const end = (): void => {
        span.end = now;
        resolve(name);
      };
      open.push({ at, end });
    });
  });
  while (open.length > 0) {
    open.sort((a, b) => a.at - b.at);
    const next = open.shift();
    if (next === undefined) break;
    now = next.at;
    next.end();
    // What an end starts is started before the clock goes on.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await all).toEqual(stages.map(({ name }) => name));
  return spans;
}

const named = (spans: readonly Span[], name: string): Span => {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as Span;
};

describe('runStages', () => {
  it('begins with the kernels and what needs none, then the long stages, three at a time', async () => {
    const spans = await played(STAGES);
    expect(spans.slice(0, 3)).toMatchObject(
      ['kernels', 'types', 'house'].map((name) => ({ name, start: 0 })),
    );
    expect(spans.slice(3, 6).map(({ name }) => name)).toEqual(['unit', 'browser', 'programs']);
    for (const { start } of spans) {
      expect(spans.filter((span) => span.start <= start && span.end > start).length).toBeLessThan(
        4,
      );
    }
  });

  it.each<[string, Lengths]>([
    ['of one length', {}],
    ['with a long build', { build: 100 }],
    ['with a long browser', { browser: 100 }],
    ['with long units', { unit: 100 }],
    ['with long kernels', { kernels: 100 }],
    ['with short units', { browser: 10, programs: 10 }],
  ])('builds before the end-to-end tests, one browser at a time: %s', async (_, lengths) => {
    const spans = await played(STAGES, lengths);
    const [build, browser, e2e] = [
      named(spans, 'build'),
      named(spans, 'browser'),
      named(spans, 'e2e'),
    ];
    expect(e2e.start).toBeGreaterThanOrEqual(build.end);
    const { end } = named(spans, 'kernels');
    for (const name of ['unit', 'browser', 'programs', 'build']) {
      expect(named(spans, name).start, name).toBeGreaterThanOrEqual(end);
    }
    expect(e2e.start >= browser.end || browser.start >= e2e.end).toBe(true);
  });

  it('lets no stage wait where it could run', async () => {
    const lengths = { unit: 300, browser: 260, programs: 260, e2e: 120, types: 50 };
    const spans = await played(STAGES, { ...lengths, format: 2, house: 20, build: 6, kernels: 20 });
    // Kernels and browsers, one after the other, take 400; 1038 seconds in three lanes would be 346 at best.
    expect(Math.max(...spans.map(({ end }) => end))).toBeLessThan(410);
  });

  it('runs end-to-end tests that are asked for alone', async () => {
    expect(await played(chooseStages('e2e'))).toEqual([{ name: 'e2e', start: 0, end: 1 }]);
  });

  it('fails when a stage cannot be run', async () => {
    const broken = runStages(STAGES, ({ name }) =>
      name === 'types' ? Promise.reject(new Error('no such tool')) : Promise.resolve(name),
    );
    await expect(broken).rejects.toThrowError('no such tool');
  });
});
