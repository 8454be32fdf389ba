import { MemoryStore } from '../../../src/store/memory-store.ts';
import { SnapshotStore } from '../../../src/store/snapshots.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { infoOf, KeptResults, weightsOf } from '../given/kept-results.ts';

const LATER = '2024-06-01T00:00:00.000Z';
const EARLIER = '2020-01-01T00:00:00.000Z';

export const fault = defineFault({
  id: 'S09',
  fault: 'the clock goes back between two saves',
  expected: 'what was saved last counts: order is by step, not by time',
  injection: 'seam',
  // Nobody is told: a clock that is wrong harms nothing. What is seen is that the case was one.
  detects: /^clock: back to 2020/,
  isOwnSign: true,
  hosts: {
    node: async (host, trial) => {
      const store = new MemoryStore();
      const kept = await KeptResults.in(store);
      const snapshots = new SnapshotStore(store);
      host.keeps(kept.checkpoints);
      const clock = (at: string, last: string): string => (at < last ? `clock: back to ${at}` : '');
      return runCases(trial, [
        {
          name: 'a checkpoint',
          act: async (isInjected) => {
            await kept.checkpoints.put('hit', infoOf('hit', LATER), weightsOf(3));
            const at = isInjected ? EARLIER : LATER;
            const { createdAt } = await kept.checkpoints.put(
              'hit',
              infoOf('hit', at),
              weightsOf(4),
            );
            return clock(createdAt, LATER);
          },
          after: async () => {
            const found = await kept.checkpoints.get('hit');
            const isLast = found?.arena[1] === weightsOf(4)[1];
            return isLast ? kept.faults() : 'an older one counts';
          },
        },
        {
          name: 'a snapshot',
          act: async (isInjected) => {
            const save = (step: number, at: string) =>
              snapshots.put('run', { step, at }, [{ name: 'w', read: () => weightsOf(step) }]);
            const at = isInjected ? EARLIER : LATER;
            await save(1, LATER);
            await save(2, at);
            return clock(at, LATER);
          },
          after: async () => {
            const found = await snapshots.get('run');
            const { step } = (found?.facts ?? {}) as { readonly step?: number };
            return step === 2 ? '' : `the snapshot of step ${String(step)} counts`;
          },
        },
      ]);
    },
  },
  isShort: true,
});
