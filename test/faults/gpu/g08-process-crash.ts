import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import {
  difference,
  FEW_CELLS,
  finished,
  problemOf,
  comesTo,
  startRun,
  undisturbed,
  WHERE,
} from '../hosts/app-run.ts';
import { storedWeights } from '../hosts/page-storage.ts';

/** Without these the browser gives a page no other GPU for minutes after its second crash. */
const AGAIN = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];

/** Crashes in a row of runs; of each run the first comes after a checkpoint, the next after another. */
const CRASHES = { commit: 3, night: 20, ofOneRun: 4 } as const;

export const fault = defineFault({
  id: 'G08',
  fault: 'the GPU process of the browser crashes in the middle of a run',
  expected: 'told, a new device, and the run goes on to the same bits without a click',
  injection: 'real',
  detects: /The GPU .*A new device was opened/,
  hosts: {
    page: async (host, trial) => {
      const wanted = await undisturbed(host, WHERE.gpu, FEW_CELLS);
      const total = trial.isLong ? CRASHES.night : CRASHES.commit;
      const { ofOneRun } = CRASHES;
      const told: string[] = [];
      let begun = 0;
      const cases = function* (): Generator<FaultCase> {
        const isEnough = () => !trial.isInjected || told.length >= total || trial.isTimeUp();
        for (let run = 0; run === 0 || !isEnough(); run++) {
          begun += 1;
          let wrong = '';
          yield {
            name: `run ${String(run)}`,
            act: async (isInjected) => {
              const { page, browser } = await host.visit({ where: WHERE.gpu, flags: AGAIN });
              await page
                .getByText(/Software GPU/)
                .first()
                .waitFor({ timeout: 120_000 });
              await startRun(page, FEW_CELLS);
              const crashes = isInjected ? Math.min(ofOneRun, total - told.length) : 0;
              for (let crash = 0; crash < crashes; crash++) {
                const stored = Object.keys(await storedWeights(page)).length;
                // A run that is over meanwhile has had fewer; the next one has the others.
                if (!(await comesTo(page, stored + 1))) break;
                const session = await browser.newBrowserCDPSession();
                await session.send('Browser.crashGpuProcess');
                await session.detach();
                told.push(await problemOf(page));
                // Else the same words would be taken for those of the next crash.
                await page.locator('mm-problem').getByRole('button', { name: 'Dismiss' }).click();
              }
              wrong = difference(await finished(page), wanted);
              return told.at(-1) ?? '';
            },
            after: () => Promise.resolve(wrong),
          };
        }
      };
      const outcome = await runCases(trial, cases());
      // One entry a crash; a run that was right at its end recovered from each of its own.
      if (!trial.isInjected) return outcome;
      return {
        ...outcome,
        seen: told,
        recovered: outcome.recovered === begun ? told.length : outcome.recovered,
      };
    },
  },
});
