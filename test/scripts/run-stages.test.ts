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
    const spans = await played(STAGES, { kernels: 20, lint: 20, types: 20 });
    expect(spans.slice(0, 6)).toMatchObject([
      ...['kernels', 'lint', 'types'].map((name) => ({ name, start: 0, end: 20 })),
      ...['unit', 'browser', 'programs'].map((name) => ({ name, start: 20 })),
    ]);
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
    ['with short units', { browser: 10, programs: 10 }],
    ['with long kernels', { kernels: 100 }],
  ])('builds before the end-to-end tests, one browser at a time: %s', async (_, lengths) => {
    const spans = await played(STAGES, lengths);
    for (const name of ['unit', 'browser', 'programs', 'build']) {
      expect(named(spans, name).start, name).toBeGreaterThanOrEqual(named(spans, 'kernels').end);
    }
    const [build, browser, e2e] = [
      named(spans, 'build'),
      named(spans, 'browser'),
      named(spans, 'e2e'),
    ];
    expect(e2e.start).toBeGreaterThanOrEqual(build.end);
    expect(e2e.start >= browser.end || browser.start >= e2e.end).toBe(true);
  });

  it('lets no stage wait where it could run', async () => {
    const lengths = { unit: 300, browser: 260, programs: 260, e2e: 120, lint: 120, types: 50 };
    const short = { format: 50, house: 50, build: 6, kernels: 20 };
    const spans = await played(STAGES, { ...lengths, ...short });
    // 1236 seconds in three lanes are 412 at best.
    expect(Math.max(...spans.map(({ end }) => end))).toBeLessThan(440);
  });

  it('runs end-to-end tests that are asked for alone', async () => {
    expect(await played(chooseStages('e2e'))).toEqual([{ name: 'e2e', start: 0, end: 1 }]);
  });

  it('fails when a stage cannot be run', async () => {
    const broken = runStages(STAGES, ({ name }) =>
      name === 'lint' ? Promise.reject(new Error('no such tool')) : Promise.resolve(name),
    );
    await expect(broken).rejects.toThrowError('no such tool');
  });
});
