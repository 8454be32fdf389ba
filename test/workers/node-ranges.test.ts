import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';
import { localRanges, rangeModule } from '../../src/merge/ranges/local-ranges.ts';
import type { RangeHost } from '../../src/merge/ranges/range-session.ts';
import { prepareRecipe, runRecipe, type RecipeRun } from '../../src/merge/stream/run-recipe.ts';
import { OpenFiles } from '../../workers/merge-files/node/open-files.ts';
import { PartFolder } from '../../workers/merge-files/node/part-folder.ts';
import { partOutput } from '../../workers/merge-files/node/part-output.ts';
import {
  startRangeThread,
  startSourceRangeThread,
  ThreadLanes,
} from '../../workers/node/ranges/thread-lanes.ts';
import { threadRanges } from '../../workers/node/ranges/thread-ranges.ts';
import { ALIGNED_MODELS } from '../merge/ranges/aligned-models.ts';
import { CUTS, firstDifference, RANGE_SHAPES, rangeModel } from '../merge/ranges/range-models.ts';
import { merged, resultTensor, type Models } from '../merge/stream/checkpoints.ts';
import type { Files } from '../merge/stream/model-files.ts';
import { bundledThread } from '../support/machine/bundled-threads.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const executor = createCpuExecutor();
const MODELS: Models = {
  base: rangeModel(1, 'BF16'),
  a: rangeModel(2, 'BF16'),
  b: rangeModel(3, 'F16'),
};
const RECIPE = `
merge_method: task_arithmetic
base_model: base
models: [{ model: a }, { model: b }]
parameters: { weight: 0.4 }
tensors: [{ filter: layers.0.mlp, rule: { model: 0 } }]`;

let script: URL;
beforeAll(async () => {
  script = await bundledThread('ranges');
});
const startThread = (module: WebAssembly.Module) => startRangeThread(script, module);

let folder = '';
beforeEach(() => {
  folder = freshFolder();
});

/** Writes models to the disk and merges them there. */
async function mergedOnDisk(
  ranges: RangeHost,
  options: Partial<RecipeRun> & {
    readonly recipe?: string;
    readonly models?: Models;
    readonly prepare?: () => void;
    readonly change?: (output: OutputFolder) => OutputFolder;
  } = {},
) {
  const { recipe = RECIPE, models = MODELS, prepare } = options;
  const { change = (output: OutputFolder) => output, ...run } = options;
  for (const [reference, files] of Object.entries(models)) writeModel(reference, files);
  const files = new OpenFiles();
  const part = new PartFolder(join(folder, 'result'), false);
  try {
    const prepared = await prepareRecipe(recipe, async (reference) =>
      [...(models[reference] ?? [])].map(([name, bytes]) =>
        files.source(join(folder, reference, name), name, bytes.length),
      ),
    );
    prepare?.();
    const inputs = Object.keys(models).map((name) => join(folder, name, 'model.safetensors'));
    const output = change(await partOutput(part, true, files, new Set(inputs)));
    const stepOutput = () => partOutput(part, false, files);
    return await runRecipe(prepared, { executor, output, stepOutput, ranges, ...run });
  } finally {
    await files.close();
    part.remove();
  }
}

function writeModel(reference: string, files: Files): void {
  mkdirSync(join(folder, reference));
  for (const [name, bytes] of files) writeFileSync(join(folder, reference, name), bytes);
}

function bytesOf(values: Float32Array<ArrayBuffer> | undefined): Uint8Array {
  if (values === undefined) throw new Error('There is no such tensor.');
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

const weights = () => join(folder, 'result', 'model.safetensors');
const inThreads = (threads: number): RangeHost => threadRanges({ threads, startThread });

async function errorOf(run: Promise<unknown>): Promise<AppError> {
  const error: unknown = await run.then(
    () => new Error('It went well.'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error as Error;
}

describe('range threads', () => {
  it.each([1, 2, 4])('give the same bytes: %s', async (threads) => {
    const cuts = Object.values(CUTS);
    const cut = cuts[threads % cuts.length];
    const expected = await merged(RECIPE, MODELS, { executor, ranges: localRanges() });
    const [report] = await mergedOnDisk(inThreads(threads), { cut });
    const files = new Map([['model.safetensors', new Uint8Array(readFileSync(weights()))]]);
    expect(firstDifference({ files }, expected.output)).toBeNull();
    const [was] = expected.reports;
    expect(report).toMatchObject({ bytesRead: was?.bytesRead, bytesWritten: was?.bytesWritten });
    expect(report?.peakBytes).toBeGreaterThan(2 ** 20);
  });

  it('give them when they run from the sources', async () => {
    const expected = await merged(RECIPE, MODELS, { executor, ranges: localRanges() });
    await mergedOnDisk(threadRanges({ threads: 1, startThread: startSourceRangeThread }));
    const files = new Map([['model.safetensors', new Uint8Array(readFileSync(weights()))]]);
    expect(firstDifference({ files }, expected.output)).toBeNull();
  });

  it.each([
    ['ties', 'density: 0.2'],
    ['della', 'density: 0.5, seed: 3'],
    ['ties', 'density: 0.3, scope: global, zero_sign: majority'],
  ])('find what passes leave together: %s, %s', async (method, parameters) => {
    const recipe = RECIPE.replace('task_arithmetic', method).replace('0.4', `0.4, ${parameters}`);
    const expected = await merged(recipe, MODELS, { executor, ranges: localRanges() });
    await mergedOnDisk(inThreads(2), { recipe, cut: CUTS['of one section'] });
    const files = new Map([['model.safetensors', new Uint8Array(readFileSync(weights()))]]);
    expect(firstDifference({ files }, expected.output)).toBeNull();
  });

  it('gather rows of tables', async () => {
    const models = ALIGNED_MODELS;
    const tokenizer = 'tokenizer: { source: union, pad_to_multiple_of: 64 }';
    const recipe = `${RECIPE.replace(/^tensors.*$/m, '')}\n${tokenizer}`;
    const expected = await merged(recipe, models, { executor, ranges: localRanges() });
    await mergedOnDisk(inThreads(2), { recipe, models, cut: CUTS['of one section'] });
    const files = new Map([['model.safetensors', new Uint8Array(readFileSync(weights()))]]);
    for (const name of ['model.embed_tokens.weight', 'lm_head.weight', 'lm_head.bias']) {
      const [found, wanted] = [{ files }, expected.output].map((one) => resultTensor(one, name));
      expect(Buffer.compare(bytesOf(found), bytesOf(wanted)), name).toBe(0);
    }
  });

  it('keep nothing of one file for the next', async () => {
    const recipe = RECIPE.replace('task_arithmetic', 'model_stock').replace(/^param.*$/m, '');
    const whole = await merged(recipe, MODELS, { executor, ranges: localRanges() });
    await mergedOnDisk(inThreads(2), { recipe, maxShardBytes: 100_000 });
    const names = readdirSync(join(folder, 'result')).filter((name) => name.endsWith('tensors'));
    expect(names.length).toBeGreaterThan(2);
    const read = (name: string) => new Uint8Array(readFileSync(join(folder, 'result', name)));
    const files = new Map(names.map((name) => [name, read(name)]));
    for (const name of Object.keys(RANGE_SHAPES)) {
      const [found, expected] = [{ files }, whole.output].map((one) => resultTensor(one, name));
      expect(Buffer.compare(bytesOf(found), bytesOf(expected)), name).toBe(0);
    }
  });

  it('list every tensor with values that are not finite, whatever comes first', async () => {
    const at = (where: string, index: number) => (name: string, values: Float32Array) => {
      if (name.includes(where)) values[index < 0 ? values.length - 1 : index] = Number.NaN;
    };
    const models = {
      base: rangeModel(1, 'BF16', at('norm', 0)),
      a: rangeModel(2, 'BF16', at('embed', -1)),
      b: rangeModel(3, 'F16', (name, values) => {
        at('q_proj', -1)(name, values);
        at('norm', 3)(name, values);
      }),
    };
    for (const ranges of [inThreads(2), localRanges()]) {
      folder = freshFolder();
      const error = await errorOf(mergedOnDisk(ranges, { models, cut: CUTS['of one section'] }));
      expect(error.code).toBe('non-finite');
      expect(error.faults.map(({ place }) => place)).toEqual([
        'a: tensor "model.embed_tokens.weight"',
        'b: tensor "model.layers.0.self_attn.q_proj.weight"',
        'b: tensor "model.layers.1.self_attn.q_proj.weight"',
        'base: tensor "model.norm.weight"',
        'b: tensor "model.norm.weight"',
      ]);
      expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
    }
  });

  it('refuse the first result that its type cannot hold', async () => {
    const large = (name: string, values: Float32Array): void => {
      if (name.includes('layers.1')) values.fill(3e38);
    };
    const models = {
      base: rangeModel(1, 'BF16', (name, values) => {
        if (name.includes('layers.1')) values.fill(-3e38);
      }),
      a: rangeModel(2, 'BF16', large),
      b: rangeModel(3, 'BF16', large),
    };
    const error = await errorOf(mergedOnDisk(inThreads(2), { models }));
    expect([error.code, error.faults]).toEqual([
      'non-finite',
      [
        {
          place: 'tensor "model.layers.1.mlp.up_proj.weight"',
          message: '35 values of the result are not finite.',
        },
      ],
    ]);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });
});

describe('what goes wrong while ranges run', () => {
  it('is a file that became shorter', async () => {
    const path = () => join(folder, 'b', 'model.safetensors');
    const before = await errorOf(
      mergedOnDisk(inThreads(2), { prepare: () => truncateSync(path(), 9000) }),
    );
    expect(before).toMatchObject({ code: 'data-missing' });
    expect(before.message).toContain('model.safetensors could not be read: It had');
    folder = freshFolder();
    // After its size was looked at.
    const change = (output: OutputFolder): OutputFolder => ({
      ...output,
      createSized: async (...given) => {
        truncateSync(path(), 9000);
        const sized = await output.createSized?.(...given);
        if (sized === undefined) throw new Error('no file');
        return sized;
      },
    });
    const during = await errorOf(mergedOnDisk(inThreads(2), { change }));
    expect(during).toMatchObject({ code: 'data-missing' });
    expect(during.message).toContain('The file has become shorter');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });

  it('is another file under the name of one that was checked: it is not looked at', async () => {
    const expected = await merged(RECIPE, MODELS, { executor, ranges: localRanges() });
    const prepare = (): void => {
      const path = join(folder, 'b', 'model.safetensors');
      const other = rangeModel(9, 'F16').get('model.safetensors') ?? new Uint8Array();
      writeFileSync(`${path}.new`, other);
      renameSync(`${path}.new`, path);
    };
    await mergedOnDisk(inThreads(2), { prepare });
    const files = new Map([['model.safetensors', new Uint8Array(readFileSync(weights()))]]);
    expect(firstDifference({ files }, expected.output)).toBeNull();
  });

  it('is a file that is written to, of the same size', async () => {
    const change = (output: OutputFolder): OutputFolder => ({
      ...output,
      createSized: async (...given) => {
        const other = rangeModel(9, 'F16').get('model.safetensors') ?? new Uint8Array();
        writeFileSync(join(folder, 'b', 'model.safetensors'), other);
        const sized = await output.createSized?.(...given);
        if (sized === undefined) throw new Error('no file');
        return sized;
      },
    });
    const error = await errorOf(mergedOnDisk(inThreads(2), { change }));
    expect(error).toMatchObject({ code: 'data-missing' });
    const path = join(folder, 'b', 'model.safetensors');
    expect(error.message).toBe(`${path} was written to while it was read.`);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });

  it.runIf(process.platform === 'linux')('is a disk that is full', async () => {
    const change = (output: OutputFolder): OutputFolder => ({
      ...output,
      createSized: async () => ({ localPath: '/dev/full', close: async () => undefined }),
    });
    const error = await errorOf(mergedOnDisk(inThreads(2), { change }));
    expect(error).toMatchObject({ code: 'storage-unavailable' });
    expect(error.message).toContain('The disk is full: model.safetensors');
    expect(error.hint).toContain('Free disk space');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });

  it.runIf(process.platform === 'linux')('is a disk that becomes full in a thread', async () => {
    writeFileSync(join(folder, 'a'), 'weights');
    const [input, output] = [openSync(join(folder, 'a'), 'r'), openSync('/dev/full', 'r+')];
    const failures: unknown[] = [];
    const module = await rangeModule({});
    if (module === null) throw new Error('no SIMD');
    const lanes = new ThreadLanes(startThread(module), (failure) => {
      failures.push(failure);
      return new AppError('storage-unavailable', failure.message);
    });
    const place = (file: number) => ({ file, position: 0 });
    const task = { kind: 'copy', slot: 0, input: place(input), output: place(output) } as const;
    await errorOf(lanes.lanes[0]?.run({ ...task, bytes: 7 }) ?? Promise.resolve());
    expect(failures).toMatchObject([{ at: 'write', file: output, code: 'ENOSPC' }]);
    await errorOf(lanes.lanes[1]?.run({ ...task, bytes: 8 }) ?? Promise.resolve());
    expect(failures[1]).toMatchObject({ at: 'read', file: input });
    await lanes.end();
    for (const file of [input, output]) closeSync(file);
  });

  it('is a thread that dies', async () => {
    const startDying = (module: WebAssembly.Module) => {
      const thread = startRangeThread(script, module);
      return {
        postMessage: () => void thread.terminate(),
        on: thread.on.bind(thread),
        terminate: () => thread.terminate(),
      };
    };
    const error = await errorOf(
      mergedOnDisk(threadRanges({ threads: 2, startThread: startDying })),
    );
    expect(error).toMatchObject({ code: 'worker-died' });
    expect(error.hint).toContain('Nothing of the result is left');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });

  it('is a wish to stop', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = (): void => {
      controller.abort();
    };
    const cut = CUTS['of one section'];
    const error = await errorOf(mergedOnDisk(inThreads(2), { cut, signal, onProgress }));
    expect(error.code).toBe('aborted');
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'base']);
  });
});
