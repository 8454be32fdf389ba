import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';
import { safetensorsFiles, withTensor } from '../given/safetensors.ts';

const of = (dtype: unknown, shape: unknown) => withTensor({ dtype, shape, data_offsets: [8, 16] });

export const fault = defineFault({
  id: 'F03',
  fault: 'a tensor whose type and shape are not its bytes',
  expected: 'the file is refused and the tensor named; integers and 8-bit floats are no weights',
  injection: 'file',
  detects: /^safetensors-invalid: model\.safetensors: tensor "b"/,
  hosts: {
    node: refusals(() =>
      safetensorsFiles({
        'too many': of('F32', [3]),
        'too few': of('F32', [1]),
        'a product over 2^64': of('F32', [2 ** 40, 2 ** 40]),
        'a product that comes around to 8': of('F32', [2 ** 32, 2 ** 32, 2]),
        'a size of 2^53': of('U8', [2 ** 53]),
        'a negative size': of('F32', [-2]),
        'two negative sizes': of('F32', [-2, -1]),
        'half a size': of('F32', [1.5]),
        'nine dimensions': of('F32', [2, 1, 1, 1, 1, 1, 1, 1, 1]),
        'no list': of('F32', 2),
        'an unknown type': of('F128', [1]),
        'no type': of(null, [2]),
        'integers for weights': of('I32', [2]),
        '8-bit floats for weights': of('F8_E4M3', [8]),
        'a field too many': withTensor({ dtype: 'F32', shape: [2], data_offsets: [8, 16], x: 1 }),
      }),
    ),
  },
  isShort: true,
});
