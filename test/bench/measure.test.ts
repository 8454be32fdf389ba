import { describe, expect, it } from 'vitest';
import type { Engine } from '../../bench/engine.ts';
import { measureCase } from '../../bench/measure.ts';
import type { BenchCase, PreparedCase } from '../../bench/suite.ts';

const CASE: BenchCase = {
  name: 'case',
  size: 'nano',
  unit: 'tokens/s',
  flops: 1e9,
  prepare: () => Promise.reject(new Error('engines of this test do not use executors')),
};
const SUITE = { name: 'suite', cases: [CASE] };

/** A clock that only work moves, and engines that say when they worked. */
class Bench {
  clock = 0;
  readonly order: string[] = [];
  readonly disposed: string[] = [];

  engine(name: string, ms: number, parts: Partial<Engine & PreparedCase> = {}): Engine {
    const prepared: PreparedCase = {
      round: async (repeats) => {
        this.order.push(name);
        this.clock += ms * repeats;
        return 1000 * repeats;
      },
      dispose: () => this.disposed.push(name),
      ...parts,
    };
    return {
      name,
      group: 'cpu',
      isPeer: false,
      adapter: 'none',
      expectedFlops: Infinity,
      prepare: async () => prepared,
      liveBytes: () => null,
      destroy: () => undefined,
      ...parts,
    };
  }

  measure(engines: readonly Engine[], rounds = 3, one = CASE) {
    const options = { rounds, now: () => this.clock, onNote: () => undefined };
    return measureCase(SUITE, one, engines, options);
  }
}

describe('measureCase', () => {
  it('alternates engines after a warm-up, drops round 0 and frees every case', async () => {
    const bench = new Bench();
    const results = await bench.measure([bench.engine('a', 500), bench.engine('b', 250)]);
    const rounds = ['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a'];
    expect(bench.order).toEqual(['a', 'b', ...rounds]);
    expect(bench.disposed).toEqual(['a', 'b']);
    expect(results.map(({ timing }) => [timing?.median, timing?.rounds.length])).toEqual([
      [2000, 3],
      [4000, 3],
    ]);
  });

  it('gives ours the ratio to each peer, and peers none', async () => {
    const bench = new Bench();
    const peer = bench.engine('peer', 500, { isPeer: true });
    const [own, other] = await bench.measure([bench.engine('own', 100), peer]);
    expect(own?.fasterThan).toEqual({ peer: 5 });
    expect(other?.fasterThan).toEqual({});
  });

  it('repeats short work so that a round lasts', async () => {
    const bench = new Bench();
    const [result] = await bench.measure([bench.engine('quick', 10)]);
    expect(result?.timing).toMatchObject({ repeats: 25, median: 100_000 });
  });

  it('reports an engine that does other work as failed, without a time', async () => {
    const bench = new Bench();
    const answers = (values: readonly number[]) => ({
      answer: async (index: number) => values[index] ?? Number.NaN,
    });
    const results = await bench.measure([
      bench.engine('own', 100, answers([6.9, 6.8, 6.7])),
      bench.engine('close', 100, { ...answers([6.9001, 6.8001, 6.6999]), isPeer: true }),
      bench.engine('wrong', 1, { ...answers([6.9, 6.8, 6.6]), isPeer: true }),
      bench.engine('nan', 1, { ...answers([Number.NaN, 6.8, 6.7]), isPeer: true }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['ok', 'ok', 'failed', 'failed']);
    expect(results[2]?.timing).toBeNull();
    expect(results[2]?.reason).toMatch(
      /not the same work: 6\.90000, 6\.80000, 6\.60000 where ours/,
    );
    expect(results[0]?.fasterThan).toEqual({ close: 1 });
    expect(bench.disposed.toSorted()).toEqual(['close', 'nan', 'own', 'wrong']);
  });

  it('goes on without an engine whose outputs turn wrong, and frees it once', async () => {
    const bench = new Bench();
    let rounds = 0;
    const failing = {
      end: async () => {
        rounds += 1;
        if (rounds === 3) throw new Error('wrong product');
      },
    };
    const results = await bench.measure([bench.engine('bad', 1, failing), bench.engine('ok', 100)]);
    expect(results.map(({ engine, status, reason }) => [engine, status, reason])).toEqual([
      ['bad', 'failed', 'wrong product'],
      ['ok', 'ok', ''],
    ]);
    expect(bench.disposed.toSorted()).toEqual(['bad', 'ok']);
  });

  it('skips what would take too long and says why', async () => {
    const bench = new Bench();
    const slow = bench.engine('slow', 1, { expectedFlops: 1e9 });
    const [result] = await bench.measure([slow], 1, { ...CASE, flops: 1e11 });
    expect(result).toMatchObject({ status: 'skipped', timing: null });
    expect(result?.reason).toBe('one unit would take about 100 s at 1.0 GFLOP/s');
    expect(bench.order).toEqual([]);
  });

  it('stops a slow engine after three rounds', async () => {
    const bench = new Bench();
    const slow = bench.engine('slow', 8000);
    const results = await bench.measure([bench.engine('quick', 500), slow], 6);
    expect(results.map(({ timing }) => timing?.rounds.length)).toEqual([6, 3]);
  });

  it('leaves out an engine that has no form of the case', async () => {
    const bench = new Bench();
    const engines = [
      bench.engine('own', 1),
      bench.engine('peer', 1, { prepare: async () => null }),
    ];
    expect((await bench.measure(engines)).map(({ engine }) => engine)).toEqual(['own']);
  });
});
