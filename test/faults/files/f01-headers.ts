import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';
import { fileOf, safetensorsFiles, SOUND_HEADER } from '../given/safetensors.ts';

export const fault = defineFault({
  id: 'F01',
  fault: 'a safetensors file with a header of a wrong length or form',
  expected: 'each is refused before anything is sized by it',
  injection: 'file',
  detects: /^safetensors-invalid: model\.safetensors /,
  hosts: {
    node: refusals(() =>
      safetensorsFiles({
        'no byte': new Uint8Array(0),
        'seven bytes': new Uint8Array(7),
        'a header of 0': fileOf(SOUND_HEADER, 0n),
        'a header longer than the file': fileOf(SOUND_HEADER, 1000n),
        'a header of 2^63': fileOf(SOUND_HEADER, 2n ** 63n),
        'a header over the cap': fileOf(SOUND_HEADER, 2n ** 30n),
        'no object': fileOf('[]'),
        'white space first': fileOf(` ${SOUND_HEADER}`),
        'something after it': fileOf(`${SOUND_HEADER}x`),
        'no UTF-8': fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)),
        'no JSON': fileOf('{"a":'),
        'nested deeply': fileOf(`{"a":${'['.repeat(200_000)}`),
        NaN: fileOf('{"a":NaN}'),
      }),
    ),
  },
  isShort: true,
});
