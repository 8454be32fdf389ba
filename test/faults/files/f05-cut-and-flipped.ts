import { AppError } from '../../../src/core/errors.ts';
import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { safetensorsFiles, withTensor } from '../given/safetensors.ts';

export const fault = defineFault({
  id: 'F05',
  fault: 'a small safetensors file cut at every byte, and every bit of its header flipped',
  expected: 'a value or an error of ours, of every one; what is cut is always refused',
  injection: 'file',
  detects: /^safetensors-invalid: /,
  hosts: {
    node: (host, trial) => {
      const { read } = safetensorsFiles({});
      const sound = withTensor({ dtype: 'BF16', shape: [2, 2], data_offsets: [8, 16] });
      const after = () => host.toldBy(() => read(sound));
      const cuts = Array.from(sound, (_, length): FaultCase => ({
        name: `cut after ${String(length)} bytes`,
        act: (isInjected) => host.toldBy(() => read(isInjected ? sound.slice(0, length) : sound)),
      }));
      const flips: FaultCase = {
        name: 'every flip of a bit',
        act: (isInjected) => {
          const headerBits = 8 * (sound.length - 16);
          let refused = 0;
          for (let bit = 0; bit < headerBits && isInjected; bit++) {
            const flipped = sound.slice();
            flipped[bit >> 3] = Number(flipped[bit >> 3]) ^ (1 << (bit & 7));
            try {
              read(flipped);
            } catch (error) {
              if (!(error instanceof AppError)) throw error;
              refused += 1;
            }
          }
          const text = `safetensors-invalid: ${String(refused)} of ${String(headerBits)} flips`;
          // Names of tensors may be any: the others break something.
          return Promise.resolve(refused > 0.8 * headerBits ? text : '');
        },
      };
      return runCases(
        trial,
        [...cuts, flips].map((one) => ({ ...one, after })),
      );
    },
  },
  isShort: true,
});
