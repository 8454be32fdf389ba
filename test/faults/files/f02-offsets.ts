import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';
import { safetensorsFiles, withTensor } from '../given/safetensors.ts';

const at = (...offsets: readonly unknown[]) =>
  withTensor({ dtype: 'F32', shape: [2], data_offsets: offsets });

export const fault = defineFault({
  id: 'F02',
  fault: 'offsets of a tensor that lie elsewhere than its data',
  expected: 'the file is refused, and where a tensor is to blame it is named',
  injection: 'file',
  detects: /^safetensors-invalid: model\.safetensors(: tensor "b"| has 8 bytes after)/,
  hosts: {
    node: refusals(() =>
      safetensorsFiles({
        negative: at(-8, 0),
        reversed: at(16, 8),
        'no whole number': at(8.5, 16.5),
        'a text': at('8', '16'),
        'three of them': at(8, 16, 24),
        overlap: at(4, 12),
        hole: at(12, 20),
        'past the end': at(8, 24),
        'beyond exact numbers': at(8, 2 ** 53 + 2),
        'bytes that no tensor has': withTensor(
          { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
          'b',
          24,
        ),
      }),
    ),
  },
  isShort: true,
});
