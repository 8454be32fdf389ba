import { bytesSource } from '../../../src/io/byte-source.ts';
import { openBase } from '../../../src/lab/checkpoints/opened-base.ts';
import { baseFolder, TINY, type Folder } from '../../support/models/tiny-checkpoint.ts';
import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';

/** A folder whose weights are those of another configuration. */
function mixed(config: Partial<typeof TINY>): Folder {
  const folder = baseFolder();
  const weights = baseFolder({ ...TINY, ...config }).get('model.safetensors');
  if (weights === undefined) throw new Error('no weights');
  return folder.set('model.safetensors', weights);
}

export const fault = defineFault({
  id: 'F06',
  fault: 'a sound file of another model than config.json says',
  expected: 'what is missing, unknown and misshapen is listed; nothing is loaded',
  injection: 'file',
  detects: /^layout-mismatch: /,
  hosts: {
    node: refusals(() => ({
      sound: baseFolder(),
      faulty: {
        'a layer less': mixed({ layers: 1 }),
        'a layer more': mixed({ layers: 3 }),
        wider: mixed({ width: 16 }),
        'another vocabulary': mixed({ vocabSize: 16 }),
        'without norms of queries and keys': mixed({ qkNorm: false }),
        'with a head of its own': mixed({ tied: false, feedForward: 16 }),
      },
      read: (folder) => openBase([...folder].map(([name, bytes]) => bytesSource(name, bytes))),
    })),
  },
  isShort: true,
});
