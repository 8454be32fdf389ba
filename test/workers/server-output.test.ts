import { afterEach, expect, it, vi } from 'vitest';
import { CHANGED_STATUS, serverOutput } from '../../workers/merge-files/server-output.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('a model that was written to while it was read is told as the server tells it', async () => {
  const error = {
    code: 'data-missing',
    message: 'a/model.safetensors was written to while it was read.',
    hint: 'Merge again when it is complete. Nothing of the result is left.',
    faults: [{ place: 'a/model.safetensors', message: 'changed during the merge' }],
  };
  const answers = [
    new Response('0'),
    new Response(JSON.stringify(error), { status: CHANGED_STATUS }),
  ];
  vi.stubGlobal('fetch', () => Promise.resolve(answers.shift()));
  const output = await serverOutput('http://localhost/__merge/0', true);
  await expect(output.commit()).rejects.toMatchObject(error);
});
