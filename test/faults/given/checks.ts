import { runCases } from '../cases.ts';
import type { Outcome, Trial } from '../fault-row.ts';

/**
 * Rows about what is built and not about what runs: the fault is put into a copy, and the check that guards
 * it, in `npm test` or at a release, has to see it there and nothing in the original.
 */
export function checked<Subject>(
  trial: Trial,
  sound: Subject,
  faultsOf: (subject: Subject) => readonly string[],
  faulty: Readonly<Record<string, (subject: Subject) => Subject>>,
): Promise<Outcome> {
  const told = (subject: Subject): Promise<string> => {
    const [first] = faultsOf(subject);
    return Promise.resolve(first === undefined ? '' : `check: ${first}`);
  };
  return runCases(
    trial,
    Object.entries(faulty).map(([name, change]) => ({
      name,
      act: (isInjected: boolean) => told(isInjected ? change(sound) : sound),
      after: () => told(sound),
    })),
  );
}
