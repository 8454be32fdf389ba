import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { runCases } from '../cases.ts';
import { defineFault, type Run } from '../fault-row.ts';
import { infoOf, KeptResults, weightsOf } from '../given/kept-results.ts';
import {
  clickRun,
  difference,
  FEW_CELLS,
  finished,
  problemOf,
  startRun,
  undisturbed,
  WHERE,
} from '../hosts/app-run.ts';
import type { PageHost } from '../hosts/page-host.ts';

/** A disk that is full from one of its calls on; those are counted. */
function fullFrom(call: number): { readonly disk: Disk; readonly calls: () => number } {
  let calls = 0;
  const counted =
    <Args extends unknown[]>(act: (...args: Args) => void) =>
    (...args: Args): void => {
      if (++calls >= call) throw Object.assign(new Error('simulated'), { code: 'ENOSPC' });
      act(...args);
    };
  const { writeFile, makeFolder, rename } = REAL_DISK;
  const writing = {
    writeFile: counted(writeFile),
    makeFolder: counted(makeFolder),
    rename: counted(rename),
  };
  return { disk: { ...REAL_DISK, ...writing }, calls: () => calls };
}

/** The browser's own quota, of which nothing is left; given back where the save was refused. */
const page: Run<PageHost> = async (host, trial) => {
  const wanted = await undisturbed(host, WHERE.cpu, FEW_CELLS);
  let wrong = '';
  return runCases(trial, [
    {
      name: 'no quota',
      act: async (isInjected) => {
        const { page: opened, context } = await host.visit({ where: WHERE.cpu });
        const session = await context.newCDPSession(opened);
        const { origin } = new URL(host.url);
        const allow = (quotaSize?: number) =>
          session.send('Storage.overrideQuotaForOrigin', {
            origin,
            ...(quotaSize === undefined ? {} : { quotaSize }),
          });
        if (isInjected) await allow(1000);
        await startRun(opened, FEW_CELLS);
        const told = isInjected ? await problemOf(opened) : '';
        if (isInjected) {
          await allow();
          await clickRun(opened);
        }
        wrong = difference(await finished(opened), wanted);
        return told;
      },
      after: () => Promise.resolve(wrong),
    },
  ]);
};

export const fault = defineFault({
  id: 'S01',
  fault: 'no room from the k-th call of a save on, every k',
  expected: 'the save is refused with what to do, what was there stays, and with room it works',
  injection: 'seam',
  detects: /^quota-exceeded: The disk is full while (writing|opening)|No storage left while/,
  hosts: {
    page,
    node: async (host, trial) => {
      const folder = host.folder();
      const kept = await KeptResults.in(openFileStore(folder));
      host.keeps(kept.checkpoints);
      const save = (disk: Disk) =>
        KeptResults.of(openFileStore(folder, { disk })).checkpoints.put(
          'hit',
          infoOf('hit'),
          weightsOf(7),
        );
      const whole = fullFrom(Infinity);
      await save(whole.disk);
      return runCases(
        trial,
        Array.from({ length: whole.calls() }, (_, at) => ({
          name: `call ${String(at + 1)}`,
          act: (isInjected: boolean) =>
            host.toldBy(() => save(isInjected ? fullFrom(at + 1).disk : REAL_DISK)),
          after: () => kept.faults(),
        })),
      );
    },
  },
  notInjectable:
    'In a page, no room from the k-th call on: the quota of DevTools is for the whole origin, and none is left at all.',
  isShort: true,
});
