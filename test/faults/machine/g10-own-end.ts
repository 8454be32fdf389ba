import { survivingLoss } from '../../../workers/lab/surviving-loss.ts';
import { runCases } from '../cases.ts';
import { addsRight } from './add-one.ts';
import type { MachineTrial } from './machine-trial.ts';

const DONE = { status: 'done', seconds: 0, rows: [], analyses: [] } as const;

/** A device that we closed ourselves: the run ends, and no other is opened. */
export const trial: MachineTrial = (machine, { isInjected, isTimeUp }) => {
  let opened = 0;
  return runCases({ isInjected, isTimeUp }, [
    {
      name: 'closed under a run',
      act: () =>
        machine.toldBy(() =>
          survivingLoss({
            open: () => {
              opened += 1;
              return machine.shared();
            },
            run: async (executor) => {
              const work = executor.idle();
              if (isInjected) executor.destroy();
              await work;
              await executor.idle();
              executor.destroy();
              return DONE;
            },
            explained: (error) => error,
            emit: () => undefined,
            signal: new AbortController().signal,
          }),
        ),
      after: async () => {
        if (opened !== 1) return `${String(opened)} devices were opened`;
        const executor = await machine.shared();
        const still = await addsRight(executor);
        executor.destroy();
        return still;
      },
    },
  ]);
};
