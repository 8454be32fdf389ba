import { runCases } from '../cases.ts';
import { addOne, addsRight } from './add-one.ts';
import type { MachineTrial } from './machine-trial.ts';

/** Buffers and programs of another executor, and buffers that were freed. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  const [old, fresh] = [await machine.shared(), await machine.shared()];
  const values = old.allocate('values', 'f32', 64);
  const program = await addOne(old, values);
  const own = fresh.allocate('own', 'f32', 64);
  const freed = fresh.allocate('freed', 'f32', 64);
  fresh.free(freed);
  const uses: Readonly<Record<string, () => unknown>> = {
    read: () => fresh.read(isInjected ? values : own),
    write: () => {
      fresh.write(isInjected ? values : own, new Float32Array(64));
    },
    copy: () => {
      const from = { buffer: isInjected ? values : own, offset: 0, length: 64 };
      const to = fresh.allocate('to', 'f32', 64);
      try {
        fresh.copy(from, { buffer: to, offset: 0, length: 64 });
      } finally {
        fresh.free(to);
      }
    },
    prepare: async () => (await addOne(fresh, isInjected ? values : own)).destroy(),
    run: () => {
      (isInjected ? fresh : old).run(program);
    },
    'read what was freed': () => fresh.read(isInjected ? freed : own),
  };
  const outcome = await runCases(
    { isInjected, isTimeUp },
    Object.entries(uses).map(([name, use]) => ({
      name,
      act: () => machine.toldBy(use),
      after: () => addsRight(fresh),
    })),
  );
  program.destroy();
  old.free(values);
  fresh.free(own);
  const left = old.memory().liveBytes + fresh.memory().liveBytes;
  old.destroy();
  fresh.destroy();
  return left === 0 ? outcome : { ...outcome, wrong: [...outcome.wrong, 'bytes are left'] };
};
