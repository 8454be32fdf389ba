import { describe, expect, it } from 'vitest';
import { measureSuite, summarise } from '../../bench/measure.ts';
import type { BenchCase } from '../../bench/suite.ts';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';

describe('measureSuite', () => {
  it('alternates the order of cases, drops the warm-up, and frees every case', async () => {
    let clock = 0;
    const order: string[] = [];
    const disposed: string[] = [];
    const timed = (
      name: string,
      unit: BenchCase['unit'],
      ms: number,
      amount: number,
    ): BenchCase => ({
      name,
      unit,
      prepare: async () => ({
        round: async () => {
          order.push(name);
          clock += ms;
          return amount;
        },
        dispose: () => disposed.push(name),
      }),
    });
    const webgpuOnly: BenchCase = {
      name: 'elsewhere',
      unit: 'ms',
      executors: ['webgpu'],
      prepare: () => Promise.reject(new Error('must not be prepared')),
    };
    const suite = {
      name: 'two',
      cases: [timed('rate', 'tokens/s', 500, 1000), timed('time', 'ms', 30, 3), webgpuOnly],
    };
    const options = { rounds: 3, now: () => clock, onRound: () => undefined };
    const results = await measureSuite(suite, createCpuExecutor(), options);
    expect(order).toEqual(['rate', 'time', 'time', 'rate', 'rate', 'time', 'time', 'rate']);
    expect(disposed).toEqual(['rate', 'time']);
    expect(results.map(({ case: name, median, rounds }) => [name, median, rounds.length])).toEqual([
      ['rate', 2000, 3],
      ['time', 10, 3],
    ]);
  });

  it('frees what was prepared when a round fails', async () => {
    let disposed = 0;
    const failing: BenchCase = {
      name: 'failing',
      unit: 'ms',
      prepare: async () => ({
        round: () => Promise.reject(new Error('lost')),
        dispose: () => (disposed += 1),
      }),
    };
    const options = { rounds: 1, now: () => 0, onRound: () => undefined };
    const suite = { name: 'one', cases: [failing] };
    await expect(measureSuite(suite, createCpuExecutor(), options)).rejects.toThrowError('lost');
    expect(disposed).toBe(1);
  });
});

describe('summarise', () => {
  it('gives the median and the middle half relative to it', () => {
    expect(summarise([5, 1, 3, 2, 4])).toEqual({ median: 3, min: 1, max: 5, spread: 2 / 3 });
    expect(summarise([10, 20]).median).toBe(15);
  });
});
