import { expect, test } from 'vitest';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

test('finishedOf finds results beside an entry that another version of the app wrote', async () => {
  const [checkpoints, artefacts] = [new MemoryStore(), new MemoryStore()];
  const results = new StoredResults(
    new CheckpointStore(checkpoints),
    new ArtefactStore(artefacts),
    () => 0,
  );
  await results.putArtefact('mine', 'prepare', { rows: 1 });
  await checkpoints.write([], [['manifest/foreign/', { schema: 'mmgrid-checkpoint/9' }]]);
  await artefacts.write([], [['head/other/', { schema: 'mmgrid-artefact/9' }]]);
  expect(await results.finishedOf(['absent', 'mine'])).toEqual(['mine']);
});
