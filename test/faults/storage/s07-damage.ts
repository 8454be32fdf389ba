import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { KeptResults } from '../given/kept-results.ts';

export const fault = defineFault({
  id: 'S07',
  fault: 'a bit of a stored file flips, or the file is cut, lost or another’s; every file',
  expected: 'that result alone counts as none, says so, and can be made again',
  injection: 'file',
  detects: /^checkpoint-corrupt: .+ is damaged: /,
  hosts: {
    node: async (host, trial) => {
      const folder = host.folder();
      const kept = await KeptResults.in(openFileStore(folder));
      host.keeps(kept.checkpoints);
      const damages: Readonly<Record<string, (path: string, other: string) => void>> = {
        flipped: (path) => {
          const bytes = readFileSync(path);
          const at = trial.random.nextInt(bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << trial.random.nextInt(8));
          writeFileSync(path, bytes);
        },
        cut: (path) => {
          writeFileSync(path, readFileSync(path).subarray(0, -1));
        },
        empty: (path) => {
          writeFileSync(path, '');
        },
        'of another job': (path, other) => {
          writeFileSync(path, Buffer.concat([readFileSync(other), Buffer.from(' ')]));
        },
        lost: (path) => {
          rmSync(path);
        },
      };
      const jobs = ['hit', 'hit-ids'];
      const files = jobs.flatMap((job) =>
        readdirSync(join(folder, 'jobs', job)).map((name) => join(job, name)),
      );
      const cases = files.flatMap((file) =>
        Object.entries(damages)
          // Without its mark a folder is none: the job is not done, and nothing is damaged.
          .filter(([name]) => name !== 'lost' || !file.endsWith('job.json'))
          .map(([name, damage]): FaultCase => {
            const path = join(folder, 'jobs', file);
            const other = join(folder, 'jobs', file.replace('hit', 'kept'));
            return {
              name: `${file} ${name}`,
              act: (isInjected) => {
                if (isInjected) damage(path, other);
                return host.toldBy(() => kept.read());
              },
              after: () => kept.faults(),
            };
          }),
      );
      return runCases(trial, cases);
    },
  },
  isShort: true,
});
