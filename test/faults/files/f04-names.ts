import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';
import { fileOf, safetensorsFiles, SOUND_HEADER, withTensor } from '../given/safetensors.ts';

const B = { dtype: 'F32', shape: [2], data_offsets: [8, 16] };
const withMetadata = (metadata: string) =>
  fileOf(`{"__metadata__":${metadata},${SOUND_HEADER.slice(1)}`);

export const fault = defineFault({
  id: 'F04',
  fault: 'names of tensors that are there twice, empty or huge, and metadata that are no text',
  expected: 'refused; a tensor named __proto__ is one like any other and changes nothing else',
  injection: 'file',
  detects: /^safetensors-invalid: model\.safetensors/,
  hosts: {
    node: refusals(() =>
      safetensorsFiles({
        'a name twice': fileOf(`${SOUND_HEADER.slice(0, -1)},${SOUND_HEADER.slice(1)}`),
        'no name': withTensor(B, ''),
        'a name of a million characters': withTensor(B, 'x'.repeat(1_000_000)),
        'metadata of numbers': withMetadata('{"a":1}'),
        'metadata that are a list': withMetadata('[]'),
        'metadata twice': withMetadata('{},"__metadata__":{}'),
        // Parsed into an object, this one would become its prototype.
        '__proto__ that is no tensor': fileOf(
          `{"__proto__":{"polluted":1},${SOUND_HEADER.slice(1)}`,
        ),
        'constructor that is no tensor': fileOf(`{"constructor":1,${SOUND_HEADER.slice(1)}`),
      }),
    ),
  },
  isShort: true,
});
