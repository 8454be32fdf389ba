import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import type { MergeFilesApi } from '../../workers/merge-files/merge-files-api.ts';
import type { MergeMessage, MergeTask } from '../../workers/merge-files/merge-messages.ts';
import { runMergeTask, type MergeHost } from '../../workers/merge-files/run-merge-task.ts';

const OUTLOOK = { steps: 1, tensors: 1, bytes: 8, largestTensorBytes: 8, notes: [] };
const REPORT = {
  ...{ tensors: 1, bytesRead: 16, bytesWritten: 8, peakBytes: 32, largestTensorBytes: 8 },
  notes: [],
};

/** A host whose recipes are the names of their one model. */
function host(files: Partial<MergeFilesApi> = {}) {
  const merged: string[] = [];
  const stop = { isAsked: false };
  const made: MergeHost = {
    title: 'a test',
    files: {
      open: async (choice) => {
        const profile = { kind: 'cpu', name: 'CPU', isSoftware: true } as const;
        const rest = {
          vendor: '',
          architecture: 'wasm',
          description: '',
          features: [],
          limits: {},
        };
        return { choice, profile: { ...profile, ...rest }, reason: '', hint: '' };
      },
      references: async (recipe) => [recipe],
      check: async () => OUTLOOK,
      merge: async (recipe, models) => {
        merged.push(`${recipe}: ${models.map(({ reference }) => reference).join(', ')}`);
        return [REPORT];
      },
      ...files,
    },
    listModel: async (_, reference) =>
      reference === 'gone' ? '"gone" is no folder.' : [{ path: 'f', size: 1, url: 'u' }],
    output: (recipe) => ({ serverUrl: `out ${recipe}` }),
    now: () => 0,
  };
  const run = async (task: Partial<MergeTask>): Promise<MergeMessage[]> => {
    const told: MergeMessage[] = [];
    const whole = { recipes: ['a', 'b'], executor: 'cpu', options: {}, isCheck: false } as const;
    await runMergeTask({ ...whole, ...task }, made, stop, async (message) => {
      told.push(message);
    });
    return told;
  };
  return { merged, stop, run };
}

const typesOf = (told: readonly MergeMessage[]): string[] => told.map(({ type }) => type);

describe('a call of npm run merge', () => {
  it('checks all recipes, then merges one after the other', async () => {
    const { merged, run } = host();
    const told = await run({});
    expect(typesOf(told)).toEqual([
      ...['session', 'checked', 'checked', 'merged', 'merged', 'ended'],
    ]);
    expect(told[0]).toMatchObject({ host: 'a test', report: { choice: 'cpu' } });
    expect(merged).toEqual(['a: a', 'b: b']);
    expect(told.at(-1)).toEqual({ type: 'ended', isStopped: false });
  });

  it('merges nothing where one recipe is wrong, and says what is missing', async () => {
    const { merged, run } = host();
    const told = await run({ recipes: ['a', 'gone'] });
    expect(typesOf(told)).toEqual(['session', 'checked', 'wrong', 'ended']);
    expect(told[2]).toMatchObject({
      ...{ recipe: 1, error: { code: 'checkpoint-missing', message: '"gone" is no folder.' } },
      faults: [{ place: 'gone', message: 'no such folder or file' }],
    });
    expect(merged).toEqual([]);
  });

  it('goes on with the others where one merge fails', async () => {
    const { merged, run } = host({
      merge: async (recipe) => {
        if (recipe === 'a') throw new AppError('non-finite', 'NaN in a.');
        merged.push(recipe);
        return [REPORT];
      },
    });
    expect(typesOf(await run({}))).toEqual([
      ...['session', 'checked', 'checked', 'wrong', 'merged', 'ended'],
    ]);
    expect(merged).toEqual(['b']);
  });

  it('stops before the next merge, and an abort that was asked for is no fault', async () => {
    const { merged, stop, run } = host({
      merge: async (recipe) => {
        merged.push(recipe);
        stop.isAsked = true;
        throw new AppError('aborted', 'Stopped.');
      },
    });
    const told = await run({});
    expect(typesOf(told)).toEqual(['session', 'checked', 'checked', 'ended']);
    expect(told.at(-1)).toEqual({ type: 'ended', isStopped: true });
    expect(merged).toEqual(['a']);
  });

  it('only checks where that is asked, and fails as a whole without a machine', async () => {
    const { merged, run } = host();
    expect(typesOf(await run({ isCheck: true }))).toEqual([
      ...['session', 'checked', 'checked', 'ended'],
    ]);
    const none = host({
      open: async () => {
        throw new AppError('adapter-unavailable', 'No GPU.', { hint: 'Take the CPU.' });
      },
    });
    expect(await none.run({})).toEqual([
      {
        type: 'failed',
        error: { code: 'adapter-unavailable', message: 'No GPU.', hint: 'Take the CPU.' },
        faults: [],
      },
    ]);
    expect([...merged, ...none.merged]).toEqual([]);
  });
});
