import { runCases, type FaultCase } from '../cases.ts';
import type { Run } from '../fault-row.ts';
import type { NodeHost } from '../hosts/node-host.ts';

/** What comes from outside: a sound one, and by name those with a fault. */
export interface Given<Input> {
  readonly sound: Input;
  readonly faulty: Readonly<Record<string, Input>>;
  readonly read: (input: Input) => unknown;
}

/** Every faulty input is refused, nothing is polluted by it, and the sound one is taken afterwards. */
export function refusals<Input>(given: () => Given<Input>): Run<NodeHost> {
  return (host, trial) => {
    const { sound, faulty, read } = given();
    const cases = Object.entries(faulty).map(([name, input]): FaultCase => ({
      name,
      act: (isInjected) => host.toldBy(() => read(isInjected ? input : sound)),
      after: async () => {
        if (Object.keys(Object.prototype).length > 0) return 'Object.prototype has new names';
        return host.toldBy(() => read(sound));
      },
    }));
    return runCases(trial, cases);
  };
}
