import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { benchFiles } from '../../../bench/files/bench-files.ts';
import { FILES_USAGE } from '../../../bench/files/files-arguments.ts';
import type { FilesRecord } from '../../../bench/files/files-record.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { PROJECT_ROOT } from '../../support/sources.ts';

function bench(...words: string[]) {
  const all = ['--import', 'tsx', 'scripts/bench.ts', '--only', 'files', ...words];
  return spawnSync(process.execPath, all, { cwd: PROJECT_ROOT, encoding: 'utf8' });
}

describe('npm run bench -- --only files', () => {
  it('measures merges of checkpoints it makes, checks their results and leaves nothing', () => {
    const folder = freshFolder();
    const out = join(folder, 'record.json');
    const words = ['--size', 'small', '--rounds', '1', '--threads', '1', '--dir', folder];
    const ended = bench(...words, '--out', out);
    expect(ended.status, ended.stdout + ended.stderr).toBe(0);
    expect(readdirSync(folder)).toEqual(['record.json']);
    const record = JSON.parse(readFileSync(out, 'utf8')) as FilesRecord;
    expect(record).toMatchObject({ schema: 'mmgrid-bench-files/1', size: 'small', rounds: 1 });
    const ours = record.results.filter(({ engine }) => engine === 'ours');
    expect(ours.map((result) => result.case)).toEqual([
      ...['linear x 2', 'task arithmetic x 3', 'TIES x 3', 'DARE x 3', 'SLERP x 2'],
      ...['model stock x 3', 'breadcrumbs x 3'],
    ]);
    for (const { seconds, userSeconds, peakBytes, timesCopy, timesLinear } of ours) {
      expect(seconds.rounds).toHaveLength(1);
      expect(seconds.median).toBeGreaterThan(0);
      // Of the whole process, its threads included: more than Node alone and no gigabyte.
      expect(userSeconds).toBeGreaterThan(0.05);
      expect(peakBytes).toBeGreaterThan(4e7);
      expect(peakBytes).toBeLessThan(1e9);
      expect(timesCopy).toBeGreaterThan(0);
      expect(timesLinear).toBeGreaterThan(0);
    }
    expect(ended.stdout).toMatch(/\| linear x 2 \| ours \| +\d/);
  });

  it('explains itself and refuses what it does not know', async () => {
    const say = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(await benchFiles(['--only', 'files', '--help'])).toBe(0);
    expect(say.mock.calls).toEqual([[FILES_USAGE]]);
    say.mockRestore();
    const complain = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--size', 'huge'], /--size huge: must be small, real, large/],
      [['--rounds', '0'], /--rounds 0: must be a positive whole number/],
      [['--size', 'small', '--case', 'magic'], /--case magic: there is no such case/],
    ];
    for (const [words, message] of cases) {
      expect(await benchFiles(['--only', 'files', ...words])).toBe(2);
      expect(String(complain.mock.lastCall?.[0])).toMatch(message);
    }
    complain.mockRestore();
  });
});
