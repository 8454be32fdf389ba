import { describe, expect, it } from 'vitest';
import { BenchUsageError } from '../../bench/arguments.ts';
import { makeRecord, recordPath } from '../../bench/save-record.ts';
import { benchHost } from '../../scripts/bench/bench-host.ts';

describe('the host of npm run bench', () => {
  it.each([
    [['--only', 'matmul'], 'node', ['--only', 'matmul']],
    [['--only', 'matmul', '--peers'], 'browser', ['--only', 'matmul', '--peers']],
    [['--host', 'node', '--peers'], 'node', ['--peers']],
    [['--rounds', '2', '--host=browser', '--all'], 'browser', ['--rounds', '2', '--all']],
  ])('of %j is %s', (words, host, rest) => {
    expect(benchHost(words)).toEqual({ host, rest });
  });

  it.each([[['--host']], [['--host', 'deno']], [['--host=']], [['--host', 'node', '--host=node']]])(
    'refuses %j',
    (words) => {
      expect(() => benchHost(words)).toThrowError(BenchUsageError);
    },
  );

  it('is in the name of the record', () => {
    const task = {
      ...{ rounds: 1, executors: [], threads: [1], groups: [], sizes: [] },
      ...{ filter: 'train-step', peers: false, profile: false },
    };
    const nameOn = (platform: string) =>
      recordPath(
        'x',
        task,
        makeRecord(task, [], {
          ...{ date: '2026-12-01', version: '', commit: '', platform, packages: {} },
        }),
      );
    expect(nameOn('Node 20.20.2, linux x64')).toBe('x/2026-12-01-nothing-train-step-node.json');
    expect(nameOn('Chromium 156 headless')).toBe('x/2026-12-01-nothing-train-step.json');
  });
});
