import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { keptVectors } from '../../../src/lab/work/kept-vectors.ts';
import type { JobContext } from '../../../src/lab/work/job-context.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { createModelEmbedder } from '../../../src/rec/text/text-embedding.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { TINY } from '../../support/models/training.ts';

const TEXTS = Array.from({ length: 40 }, (_, i) => `${String(i)} ${String((7 * i) % 41)} 3`);
const KEY = { embedder: 'e', tokenizer: 't', textTokens: 8, texts: TEXTS };
const encode = (text: string) => text.split(' ').map(Number);

/** A store, and runs of one embedding on it: batches of four texts, each of which takes `batchMs`. */
function lab() {
  const artefacts = new ArtefactStore(new MemoryStore());
  const store = new StoredResults(new CheckpointStore(new MemoryStore()), artefacts, () => 0);
  let clock = 0;
  const run = async (batchMs: number, stopAfter = Infinity, key = KEY) => {
    const executor = createCpuExecutor();
    const controller = new AbortController();
    const told: number[] = [];
    const { signal } = controller;
    const context = {
      ...{ store, signal, now: () => clock },
      progress: (done: number, total: number, unit: string) => {
        expect([total, unit]).toEqual([TEXTS.length, 'items']);
        told.push(done);
        clock += batchMs;
        if (told.length === stopAfter) controller.abort();
      },
    } as unknown as JobContext;
    const input = { config: TINY, parameters: initialParameters(TINY, 1), encode };
    const embedder = await createModelEmbedder(executor, { ...input, maxTokens: 8, positions: 12 });
    const hooks = await keptVectors(context, key, embedder.width);
    try {
      return { told, vectors: await embedder.embed(key.texts, hooks) };
    } catch (error) {
      return { told, error };
    } finally {
      embedder.destroy();
    }
  };
  return { run, kept: async () => (await artefacts.list('vectors')).length };
}

describe('vectors of items that take long', () => {
  it('go on where they were interrupted, with the bits of one call', async () => {
    const whole = await lab().run(0);
    const { run, kept } = lab();
    const stopped = await run(20_000, 5);
    expect(stopped.error).toMatchObject({ code: 'aborted' });
    expect(await kept()).toBe(1);
    const rest = await run(20_000);
    expect(rest.told[0]).toBe((stopped.told.at(-1) ?? 0) + (whole.told[0] ?? 0));
    expect(rest.vectors).toEqual(whole.vectors);
    expect(whole.vectors?.some((value) => value !== 0)).toBe(true);
  });

  it('are kept whole for whoever needs the same, and not for other texts', async () => {
    const { run, kept } = lab();
    const first = await run(20_000);
    const again = await run(20_000);
    expect(again).toEqual({ told: [], vectors: first.vectors });
    const other = { ...KEY, texts: [...TEXTS].reverse() };
    expect((await run(20_000, Infinity, other)).told.length).toBe(first.told.length);
    expect(await kept()).toBe(2);
  });

  it('take no place where they are quick', async () => {
    const { run, kept } = lab();
    await run(1);
    await run(1, 3);
    expect(await kept()).toBe(0);
  });
});
