import { describe, expect, it } from 'vitest';
import { hostRatios, type Turn } from '../../bench/hosts/host-ratios.ts';
import type { BenchRecord, BenchResult } from '../../bench/result.ts';
import { benchHosts } from '../../scripts/bench/bench-hosts.ts';

function record(speeds: Readonly<Record<string, number | null>>): BenchRecord {
  const results = Object.entries(speeds).map(([engine, median]) => ({
    ...{ case: 'a step', engine, unit: 'tokens/s', reason: median === null ? 'other loss' : '' },
    timing: median === null ? null : { median, min: 0, max: 0, spread: 0, rounds: [], repeats: 1 },
  }));
  return { results: results as unknown as BenchResult[] } as unknown as BenchRecord;
}

const turn = (node: Record<string, number | null>, page: Record<string, number | null>): Turn => ({
  node: record(node),
  page: record(page),
});

describe('training in Node beside the page', () => {
  it('is compared within a turn: a busy one slows both', () => {
    const turns = [
      turn({ one: 90, two: 110 }, { two: 100, one: 100 }),
      turn({ one: 30, two: 12 }, { one: 20, two: 10 }),
      turn({ one: 96, two: 150 }, { one: 96, two: 100 }),
    ];
    const common = { case: 'a step', unit: 'tokens/s' };
    expect(hostRatios(turns)).toEqual([
      {
        ...{ ...common, engine: 'one', node: [90, 30, 96], page: [100, 20, 96] },
        ...{ ratios: [0.9, 1.5, 1], ratio: 1 },
      },
      {
        ...{ ...common, engine: 'two', node: [110, 12, 150], page: [100, 10, 100] },
        ...{ ratios: [1.1, 1.2, 1.5], ratio: 1.2 },
      },
    ]);
  });

  it('has no ratio where a host has no time, or was not measured', () => {
    expect(() => hostRatios([turn({ one: 9 }, { one: null })])).toThrow(
      'a step, one, in page: no time (other loss).',
    );
    expect(() => hostRatios([turn({ one: 9 }, { two: 9 })])).toThrow('it was not measured');
  });

  it('is not begun with words that it does not know', async () => {
    expect(await benchHosts(['--only', 'hosts', '--turns', '0'], '.')).toBe(2);
    expect(await benchHosts(['--only', 'hosts', '--peers'], '.')).toBe(2);
  });
});
