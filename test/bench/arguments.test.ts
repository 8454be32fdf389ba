import { describe, expect, it } from 'vitest';
import { BenchUsageError, readBenchArguments } from '../../bench/arguments.ts';

const SUITES = ['matmul', 'train-step'];
const read = (...words: string[]) => readBenchArguments(words, SUITES);

describe('arguments of npm run bench', () => {
  it('default to the small cases of our executors', () => {
    expect(read()).toEqual({
      out: null,
      task: {
        rounds: 5,
        executors: ['webgpu', 'wasm'],
        threads: [1, 2],
        groups: ['webgpu', 'cpu'],
        sizes: ['nano', 'small'],
        filter: '',
        peers: false,
        profile: false,
      },
    });
  });

  it('take lists in any order', () => {
    const given = read(
      '--executors',
      'cpu-ts, webgpu',
      '--all',
      '--peers',
      '--profile',
      '--only',
      'train',
    );
    expect(given).toMatchObject({
      task: {
        executors: ['webgpu', 'cpu-ts'],
        sizes: ['nano', 'small', 'medium', 'large'],
        peers: true,
        profile: true,
        filter: 'train',
      },
    });
    expect(read('--sizes=medium', '--threads=4', '--out', 'x.json')).toMatchObject({
      out: 'x.json',
      task: { sizes: ['medium'], threads: [4] },
    });
    expect(read('-h')).toBe('help');
  });

  it.each([
    [['--rounds', '0'], '--rounds 0: must be a positive whole number'],
    [['--rounds', 'x'], '--rounds x'],
    [['--sizes', 'huge'], '--sizes huge: must be of nano, small, medium, large'],
    [['--executors', 'webgl'], '--executors webgl: must be of webgpu, wasm, cpu-ts'],
    [['--threads', '0'], '--threads 0'],
    [['--only', 'nothing'], '--only nothing: the suites are matmul, train-step'],
    [['--fast'], '--fast'],
    [['word'], 'word'],
  ])('refuse %j', (words, message) => {
    expect(() => read(...words)).toThrowError(BenchUsageError);
    expect(() => read(...words)).toThrowError(message);
  });
});
