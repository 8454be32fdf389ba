import { expect, it } from 'vitest';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { CONVERSION } from '../../../src/merge/ranges/form-of-method.ts';
import type { RangeLane, RangeSession } from '../../../src/merge/ranges/range-session.ts';
import type { RangeDone } from '../../../src/merge/ranges/range-task.ts';
import type { RangeWork } from '../../../src/merge/ranges/range-work.ts';
import { runRanges } from '../../../src/merge/ranges/run-ranges.ts';

const SECTION = 65536;
const DONE: RangeDone = {
  ...{ nonFinite: [0], outside: { before: 0, after: 0 }, sums: {} },
  ...{ bytesRead: 1, bytesWritten: 1 },
};

it.each([2, 3, 4])('lanes that end ranges of a tensor at once end the run: %s', async (ranges) => {
  let waiting: (() => void)[] = [];
  const lane = (slot: number): RangeLane => ({
    slot,
    run: () =>
      new Promise((resolve) => {
        waiting.push(() => {
          resolve(DONE);
        });
        setImmediate(() => {
          for (const resume of waiting) resume();
          waiting = [];
        });
      }),
  });
  const file = { number: 0, write: () => Promise.resolve(), close: () => Promise.resolve() };
  const session: RangeSession = {
    ...{ isPlaced: true, lanes: [lane(0), lane(1)], memoryBytes: 0, input: () => 0 },
    create: () => Promise.resolve(file),
    stopWriting: () => undefined,
    close: () => Promise.resolve(),
  };
  const source = bytesSource('model.safetensors', new Uint8Array());
  const shape = [ranges * SECTION];
  const tensor = { name: 'norm', dtype: 'F32', shape, sizeBytes: 4 * ranges * SECTION };
  const read = () => Promise.resolve(new Uint8Array());
  const operand = { ...tensor, source, path: source.path, start: 0, read };
  const content = { kind: 'merge', form: CONVERSION, operands: [operand] } as const;
  const works: RangeWork[] = [{ ...tensor, file, position: 0, content }];
  const cut = { elements: SECTION, bytes: 2 ** 30, heldBytes: 0 };
  const report = await runRanges({ session, works, isBad: false, cut });
  expect(report).toMatchObject({ bytesRead: ranges, outside: null });
});
