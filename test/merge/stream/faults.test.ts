import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import type { OutputFolder } from '../../../src/io/output-folder.ts';
import { prepareRecipe, runRecipe } from '../../../src/merge/stream/run-recipe.ts';
import { memoryFolder } from '../../support/memory-folder.ts';
import { safetensorsBytes } from '../../support/models/tiny-checkpoint.ts';
import { finder, merged, resultTensor, type Models } from './checkpoints.ts';
import { json, modelFiles, shapesWithout } from './model-files.ts';

const executor = createCpuExecutor();
const LINEAR =
  'merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1 }\n';

async function errorOf(run: Promise<unknown>): Promise<AppError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It went well.');
}

const faultsOf = (models: Models, recipe = LINEAR) =>
  errorOf(prepareRecipe(recipe, finder(models))).then(({ code, faults }) => ({
    code,
    texts: faults.map(({ place, message }) => `${place}: ${message}`),
  }));

describe('models that do not fit are refused before any work, every tensor listed', () => {
  it('for shapes, names and types', async () => {
    const shapes = shapesWithout('model.norm.weight');
    const b = modelFiles(3, {
      shapes: {
        ...shapes,
        'model.layers.0.mlp.up_proj.weight': [6, 5],
        'lm_head.weight': [12, 5],
        'extra.bias': [3],
      },
    });
    const { code, texts } = await faultsOf({ a: modelFiles(2), b });
    expect(code).toBe('recipe-invalid');
    expect(texts.sort()).toEqual([
      'tensor "extra.bias": Missing in a.',
      'tensor "lm_head.weight": Shapes differ: [12, 4] in a, [12, 5] in b.',
      'tensor "model.layers.0.mlp.up_proj.weight": Shapes differ: [6, 4] in a, [6, 5] in b.',
      'tensor "model.norm.weight": Missing in b.',
    ]);
  });

  it('for types that are no weights of ours', async () => {
    const tensor = { shape: [2], dtype: 'F64' as unknown as 'F32', bytes: new Uint8Array(16) };
    const file = safetensorsBytes(new Map([['x', tensor]]));
    const models = { a: new Map([['x.safetensors', file]]), b: new Map([['x.safetensors', file]]) };
    const { texts } = await faultsOf(models);
    expect(texts).toEqual(['tensor "x": F64[2] in a, F64[2] in b; F32, F16 and BF16 are merged.']);
  });

  it('for models that are not there or damaged', async () => {
    const cut = modelFiles(2);
    cut.set('model.safetensors', cut.get('model.safetensors')?.slice(0, 400) ?? new Uint8Array());
    const { texts } = await faultsOf({ a: cut });
    expect(texts[0]).toMatch(/^a: a\/model.safetensors/);
    expect(texts[1]).toMatch(/^b: The folder lacks model.safetensors/);
  });

  it('for parameters that are missing, out of range or cancel', async () => {
    const models = { a: modelFiles(2), b: modelFiles(3), base: modelFiles(1) };
    const head = 'models: [{ model: a }, { model: b }]\n';
    const missing = await faultsOf(models, `merge_method: linear\n${head}`);
    expect(missing.texts).toHaveLength(2);
    expect(missing.texts[0]).toMatch(/linear needs "weight" here/);
    const cancels = `merge_method: linear\nmodels: [{ model: a, parameters: { weight: [1, -1] } }, { model: b }]\nparameters: { weight: 1 }`;
    expect((await faultsOf(models, cancels)).texts.join()).toMatch(/layers.1.*add up to 0/);
    const range = `merge_method: ties\nbase_model: base\n${head}parameters: { weight: 1, density: [0.5, 1.5] }`;
    expect((await faultsOf(models, range)).texts.join()).toMatch(/layers.1.*density.*from 0 to 1/);
    const word = `merge_method: linear\n${head}parameters: { weight: much }`;
    expect((await faultsOf(models, word)).texts.join()).toMatch(/must be a number/i);
    const filtered = `merge_method: ties_global\nbase_model: base\n${head}parameters: { scaling_factor: [0, 1] }`;
    expect((await faultsOf(models, filtered)).texts.join()).toMatch(/gradients cannot be used/);
  });

  it('for slices that do not exist', async () => {
    const models = { a: modelFiles(2), b: modelFiles(3) };
    const slices = `merge_method: passthrough\nslices:\n- sources: [{ model: a, layer_range: [0, 3] }]`;
    expect((await faultsOf(models, slices)).texts.join()).toMatch(/a has 2 layers only/);
    const uneven = `merge_method: linear\nparameters: { weight: 1 }\nslices:\n- sources: [{ model: a, layer_range: [0, 2] }, { model: b, layer_range: [0, 1] }]`;
    expect((await faultsOf(models, uneven)).texts.join()).toMatch(/2, 1 layers: must be equal/);
  });
});

describe('numbers that are none', () => {
  it('are counted by tensor in all models, and nothing is written', async () => {
    const models = {
      a: modelFiles(2, {
        change: (name, values) => {
          if (name === 'model.norm.weight') values.set([Number.NaN, Infinity]);
        },
      }),
      b: modelFiles(3, {
        dtype: 'BF16',
        change: (name, values) => {
          if (name === 'lm_head.weight') values[5] = -Infinity;
        },
      }),
    };
    const output = memoryFolder();
    const error = await errorOf(merged(LINEAR, models, { executor }, output));
    expect(error.code).toBe('non-finite');
    expect(error.faults).toEqual([
      { place: 'a: tensor "model.norm.weight"', message: '2 values are NaN or infinite.' },
      { place: 'b: tensor "lm_head.weight"', message: '1 value is NaN or infinite.' },
    ]);
    expect([output.files.size, output.hidden(), executor.memory().liveBytes]).toEqual([0, 0, 0]);
  });

  it('do not come out of finite ones: float16 ends at 65504', async () => {
    const large = (name: string, values: Float32Array): void => {
      if (name === 'model.norm.weight') values[1] = 70_000;
    };
    const models = { a: modelFiles(2, { change: large }), b: modelFiles(2, { change: large }) };
    const error = await errorOf(merged(`${LINEAR}out_dtype: float16`, models, { executor }));
    expect(error.code).toBe('non-finite');
    expect(error.faults).toEqual([
      { place: 'tensor "model.norm.weight"', message: '1 values are too large for F16.' },
    ]);
    const { output } = await merged(`${LINEAR}out_dtype: bfloat16`, models, { executor });
    expect(resultTensor(output, 'model.norm.weight')[1]).toBe(70_144);
  });
});

describe('memory', () => {
  it('is asked for before anything is written', async () => {
    const models = { base: modelFiles(1), a: modelFiles(2), b: modelFiles(3) };
    const head = 'base_model: base\nmodels: [{ model: a }, { model: b }]\n';
    const trimmed = `merge_method: ties\n${head}parameters: { weight: 1, density: 0.5 }`;
    const output = memoryFolder();
    const error = await errorOf(merged(trimmed, models, { executor, budgetBytes: 9000 }, output));
    expect(error.code).toBe('limit-exceeded');
    // Arenas and a histogram of every one of them: none has more than 64 elements.
    expect(new Set(error.faults.map(({ message }) => message))).toEqual(
      new Set(['Needs 9.82 KB of 8.79 KB.']),
    );
    expect(error.faults).toHaveLength(7);
    expect(output.files.size).toBe(0);
    const whole = `merge_method: ties_global\n${head}`;
    const global = await errorOf(merged(whole, models, { executor, budgetBytes: 700 }));
    expect(global.faults.map(({ place }) => place)).toEqual(['the whole model']);
    const elementwise = trimmed.replace('density: 0.5', 'density: 1');
    await merged(elementwise, models, { executor, budgetBytes: 700 });
  });

  it.each([
    ['tsvm', /^Nothing was written. Most is needed for tensor "[^"]+": allow 1 MB/],
    // The whole model at once, whose result is kept while it is written.
    ['knots_ties', /^Nothing was written. Most is needed for the whole model: allow 1 MB/],
  ])('is said with all that %s takes, and how much would do', async (method, hint) => {
    const models = { base: modelFiles(1), a: modelFiles(2), b: modelFiles(3) };
    const recipe = `merge_method: ${method}
base_model: base
models: [{ model: a }, { model: b }]`;
    const { reports, output } = await merged(recipe, models, { executor });
    const peak = reports[0]?.peakBytes ?? Number.NaN;
    // Operands and result alone: what was asked for when work buffers did not count.
    expect(peak).toBeGreaterThan(2 * 4 * (reports[0]?.largestTensorBytes ?? Number.NaN));
    const hidden = memoryFolder();
    const error = await errorOf(
      merged(recipe, models, { executor, budgetBytes: peak - 1 }, hidden),
    );
    expect(error.code).toBe('limit-exceeded');
    expect(error.hint).toMatch(hint);
    expect(error.faults[0]?.message).toMatch(/^Needs [\d.]+ KB of [\d.]+ KB\.$/);
    expect([hidden.files.size, hidden.hidden(), executor.memory().liveBytes]).toEqual([0, 0, 0]);
    const enough = await merged(recipe, models, { executor, budgetBytes: 2 * peak });
    expect(enough.output.files).toEqual(output.files);
  });

  it('stays below three times the largest tensor and 256 MB, far below the model', async () => {
    const rows = 2 ** 20;
    const shapes = { 'layers.0.x': [rows, 3], 'layers.1.x': [16, 3] };
    const files = (value: number): readonly ByteSource[] => [constantModel(shapes, value)];
    const prepared = await prepareRecipe(
      `merge_method: task_arithmetic
base_model: base
models: [{ model: a }, { model: b }]
parameters: { weight: [0.5, 2] }
out_dtype: float32`,
      async (name) => files({ base: 1, a: 2, b: 5 }[name] ?? 0),
    );
    const sums: number[] = [];
    const [report] = await runRecipe(prepared, {
      executor,
      output: summingFolder(sums),
      stepOutput: async () => memoryFolder(),
    });
    const largest = rows * 3 * 4;
    expect(report?.largestTensorBytes).toBe(largest);
    // 1 + 0.5 (1 + 4) and 1 + 2 (1 + 4), every value of both tensors.
    expect(sums).toEqual([rows * 3 * 3.5, 16 * 3 * 11]);
    expect(report?.peakBytes).toBeLessThanOrEqual(3 * largest + 256 * 2 ** 20);
    // The whole tensor would be four times the largest on the device alone.
    expect(report?.peakBytes).toBeLessThan(3 * largest);
    expect(report?.peakBytes).toBeGreaterThan(2 ** 20);
  });
});

/** A file of BF16 tensors that all hold one value, made while it is read. */
function constantModel(shapes: Record<string, readonly number[]>, value: number): ByteSource {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 2 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'BF16', shape, data_offsets: [start, end] }];
  });
  const header = json(Object.fromEntries(entries));
  const head = new Uint8Array(8 + header.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.length), true);
  head.set(header, 8);
  const half = (new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0) >>> 16;
  return {
    path: 'constant.safetensors',
    size: head.length + end,
    read: async (start, stop) =>
      start < head.length
        ? head.slice(start, stop)
        : new Uint8Array(new Uint16Array((stop - start) / 2).fill(half).buffer),
  };
}

/** Sums the f32 values of the weights instead of keeping them: large pieces, then the small one. */
function summingFolder(sums: number[]): OutputFolder {
  return {
    create: async (path) => {
      let pieces = 0;
      return {
        write: async (bytes) => {
          pieces += 1;
          // The first piece is the header.
          if (!path.endsWith('.safetensors') || pieces === 1) return;
          const tensor = bytes.length === 192 ? 1 : 0;
          for (const value of new Float32Array(bytes.buffer)) {
            sums[tensor] = (sums[tensor] ?? 0) + value;
          }
        },
        close: async () => undefined,
      };
    },
    sources: async () => [],
    commit: async () => undefined,
    discard: async () => undefined,
  };
}
