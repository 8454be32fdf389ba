import { runCases } from '../cases.ts';
import { addOne, addsRight } from './add-one.ts';
import type { MachineTrial } from './machine-trial.ts';

/** More groups than one dimension has: a second one takes the rest, and every value is right. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  const executor = await machine.shared();
  const counts = isInjected ? [65_536, 65_537, 131_071] : [65_535];
  const outcome = await runCases(
    { isInjected, isTimeUp },
    counts.map((length) => ({
      name: `${String(length)} groups`,
      act: async () => {
        const values = executor.allocate('values', 'f32', length);
        const program = await addOne(executor, values);
        executor.run(program);
        const got = await executor.readFloats(values);
        const [x, y] = program.steps[0]?.kernel.groups({ length }) ?? [0, 0];
        program.destroy();
        executor.free(values);
        const wrong = got.findIndex((value) => value !== 1);
        if (wrong >= 0) throw new Error(`value ${String(wrong)} is ${String(got[wrong])}`);
        return y > 1 ? `${String(x)} × ${String(y)} groups` : '';
      },
      after: () => addsRight(executor),
    })),
  );
  executor.destroy();
  return outcome;
};
