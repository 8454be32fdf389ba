import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { infoOf, KeptResults, weightsOf } from '../given/kept-results.ts';

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

export const fault = defineFault({
  id: 'S01',
  fault: 'no room from the k-th call of a save on, every k',
  expected: 'the save is refused with what to do, what was there stays, and with room it works',
  injection: 'seam',
  detects: /^quota-exceeded: The disk is full while (writing|opening)/,
  hosts: {
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
    'A quota of the page that bites at the k-th part: DevTools sets one for the whole origin, which test/e2e covers by hand.',
  isShort: true,
});
