import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { elementCount, layoutOf } from '../../../src/core/layout.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import { memoryFolder } from '../../support/memory-folder.ts';
import { expectedTensor, merged, resultHeaders, resultTensor } from './checkpoints.ts';
import { modelFiles, SHAPES, shapesWithout, valuesOf } from './model-files.ts';

const executor = createCpuExecutor();
const MODELS = {
  base: modelFiles(1),
  a: modelFiles(2, { dtype: 'BF16', shards: 3 }),
  b: modelFiles(3, { dtype: 'F16' }),
};
const own = (seed: number, name: string, dtype: 'F32' | 'F16' | 'BF16') =>
  valuesOf(seed, name, elementCount(SHAPES[name] ?? []), dtype);
const operands = (name: string) => ({
  base: own(1, name, 'F32'),
  models: [own(2, name, 'BF16'), own(3, name, 'F16')],
});

describe('merging files', () => {
  it('gives every tensor the parameters of its depth and name', async () => {
    const recipe = `
      merge_method: linear
      models:
        - { model: a, parameters: { weight: [{ filter: mlp, value: [0, 1] }, { value: 0.25 }] } }
        - { model: b, parameters: { weight: [1, 0.5] } }
      parameters: { normalize: false }
      dtype: float32
      out_dtype: bfloat16`;
    const { output, reports } = await merged(recipe, MODELS, { executor });
    for (const [name, shape] of Object.entries(SHAPES)) {
      const layer = name.includes('layers.1') ? 1 : 0;
      const weight = [name.includes('mlp') ? layer : 0.25, layer === 1 ? 0.5 : 1];
      const { models } = operands(name);
      const request = { method: 'linear', parameters: { weight, normalize: false }, base: null };
      const options = { name, dtype: 'BF16' };
      const expected = await expectedTensor(executor, shape, { ...request, models }, options);
      expect(resultTensor(output, name), name).toEqual(expected);
    }
    expect([...resultHeaders(output).values()].every((type) => type.startsWith('BF16'))).toBe(true);
    expect(reports[0]?.bytesWritten).toBe(output.files.get('model.safetensors')?.length);
  });

  it('trims tensor by tensor, from a base', async () => {
    const recipe = `
      merge_method: ties
      base_model: base
      models: [{ model: base }, { model: a, parameters: { weight: 0.7 } }, { model: b }]
      parameters: { weight: 0.4, density: 0.5 }`;
    const { output } = await merged(recipe, MODELS, { executor });
    for (const [name, shape] of Object.entries(SHAPES)) {
      const parameters = { weight: [0.7, 0.4], density: 0.5 };
      const request = { method: 'ties', parameters, ...operands(name) };
      expect(resultTensor(output, name)).toEqual(
        await expectedTensor(executor, shape, request, { name }),
      );
    }
  });

  it('merges the whole model at once where the method asks for it', async () => {
    const recipe = `
      merge_method: ties_global
      base_model: base
      models: [{ model: a }, { model: b }]
      parameters: { threshold: 30 }`;
    const { output } = await merged(recipe, MODELS, { executor });
    const layout = layoutOf(Object.entries(SHAPES).map(([name, shape]) => [{ name, shape }]));
    const arena = (values: (name: string) => Float32Array) => {
      const all = new Float32Array(layout.length);
      for (const { name, offset } of layout.entries) all.set(values(name), offset);
      return all;
    };
    const expected = await mergeArenas(executor, layout, {
      method: 'ties_global',
      parameters: { threshold: 30 },
      base: arena((name) => own(1, name, 'F32')),
      models: [arena((name) => own(2, name, 'BF16')), arena((name) => own(3, name, 'F16'))],
    });
    for (const { name, offset, size } of layout.entries) {
      expect(resultTensor(output, name)).toEqual(expected.slice(offset, offset + size));
    }
  });

  it('stacks layers of slices and renumbers them', async () => {
    const recipe = `
      merge_method: passthrough
      slices:
        - sources: [{ model: a, layer_range: [0, 2] }]
        - sources: [{ model: b, layer_range: [0, 1] }]
        - sources: [{ model: b, layer_range: [1, 2], parameters: { scale: 2 } }]`;
    const { output } = await merged(recipe, MODELS, { executor });
    const q = (layer: number) => `model.layers.${layer}.self_attn.q_proj.weight`;
    expect(resultTensor(output, q(1))).toEqual(own(2, q(1), 'BF16'));
    expect(resultTensor(output, q(2))).toEqual(own(3, q(0), 'F16'));
    expect(resultTensor(output, q(3))).toEqual(own(3, q(1), 'F16').map((value) => 2 * value));
    const [embedding, head] = ['model.embed_tokens.weight', 'lm_head.weight'];
    expect(resultTensor(output, embedding)).toEqual(own(2, embedding, 'BF16'));
    // The head belongs to the last slice, whose scale is given to its model.
    expect(resultTensor(output, head)).toEqual(own(3, head, 'F16').map((value) => 2 * value));
    expect(config(output)).toMatchObject({ num_hidden_layers: 4 });
    expect(resultHeaders(output).get(q(1))).toBe('BF16[4,4]');
    expect(resultHeaders(output).get(q(2))).toBe('F16[4,4]');
  });

  it('writes shards and their index, which it reads again', async () => {
    const recipe = 'merge_method: linear\nmodels: [{ model: a }]\nparameters: { weight: 1 }';
    const { output } = await merged(recipe, MODELS, { executor, maxShardBytes: 200 });
    const names = [...output.files.keys()];
    expect(names.filter((name) => name.endsWith('.safetensors')).length).toBeGreaterThan(1);
    expect(names.indexOf('model.safetensors.index.json')).toBeGreaterThan(
      names.findLastIndex((name) => name.endsWith('.safetensors')),
    );
    const again = await merged(recipe, { a: new Map(output.files) }, { executor });
    for (const name of Object.keys(SHAPES)) {
      expect(resultTensor(again.output, name)).toEqual(own(2, name, 'BF16'));
    }
  });

  it('runs steps one after the other and leaves only the result', async () => {
    const recipe = `
      merge_method: task_arithmetic
      base_model: base
      models: [{ model: middle, parameters: { weight: 0.5 } }]
      ---
      name: middle
      merge_method: linear
      models: [{ model: a }, { model: b }]
      parameters: { weight: 1 }
      out_dtype: float32`.replace(/^ {6}/gm, '');
    const { output, reports } = await merged(recipe, MODELS, { executor });
    expect(reports).toHaveLength(2);
    const name = 'model.norm.weight';
    const shape = SHAPES[name] ?? [];
    const middle = await expectedTensor(
      executor,
      shape,
      { ...operands(name), method: 'linear', parameters: { weight: 1 }, base: null },
      { name },
    );
    const request = { method: 'task_arithmetic', parameters: { weight: 0.5 }, models: [middle] };
    const base = own(1, name, 'F32');
    expect(resultTensor(output, name)).toEqual(
      await expectedTensor(executor, shape, { ...request, base }, { name }),
    );
  });

  it('follows rules for tensors, keeps whole numbers, cuts embeddings and says so', async () => {
    const shapes = { ...SHAPES, 'model.embed_tokens.weight': [10, 4], 'lm_head.weight': [10, 4] };
    const models = { ...MODELS, b: modelFiles(3, { shapes, dtype: 'F16' }) };
    const recipe = `
      merge_method: task_arithmetic
      base_model: base
      models: [{ model: a }, { model: b }]
      parameters: { weight: 0.5 }
      tensors:
        - { filter: layers.0.mlp, rule: base }
        - { filter: layers.0.self_attn, rule: { model: 1 } }
        - { filter: norm, rule: skip }`;
    const { output, reports } = await merged(recipe, models, { executor });
    const headers = resultHeaders(output);
    expect(headers.has('model.norm.weight')).toBe(false);
    const [mlp, attention] = [
      'model.layers.0.mlp.up_proj.weight',
      'model.layers.0.self_attn.q_proj.weight',
    ];
    expect(resultTensor(output, mlp)).toEqual(own(1, mlp, 'F32'));
    expect(resultTensor(output, attention)).toEqual(own(3, attention, 'F16'));
    expect(headers.get('lm_head.weight')).toBe('F32[10,4]');
    expect(config(output)).toMatchObject({ vocab_size: 10 });
    expect(reports[0]?.notes.join('\n')).toMatch(/embed_tokens.*cut to 10 rows/);
    const name = 'model.embed_tokens.weight';
    const cut = (values: Float32Array) => values.slice(0, 40);
    const given = {
      base: cut(own(1, name, 'F32')),
      models: [cut(own(2, name, 'BF16')), valuesOf(3, name, 40, 'F16')],
    };
    const request = { method: 'task_arithmetic', parameters: { weight: 0.5 }, ...given };
    expect(resultTensor(output, name)).toEqual(
      await expectedTensor(executor, [10, 4], request, { name }),
    );
  });

  it('writes a tied head once', async () => {
    const shapes = shapesWithout('lm_head.weight');
    const config = { vocab_size: 12, tie_word_embeddings: true };
    const tied = { a: modelFiles(2, { shapes, config }), b: modelFiles(3, { config }) };
    const recipe =
      'merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1 }';
    const { output } = await merged(recipe, tied, { executor });
    expect(resultHeaders(output).has('lm_head.weight')).toBe(false);
    // One model has a head of its own: the other's is its embedding.
    const half = await merged(recipe, { a: tied.a, b: modelFiles(3) }, { executor });
    const name = 'lm_head.weight';
    const models = [own(2, 'model.embed_tokens.weight', 'F32'), own(3, name, 'F32')];
    const request = { method: 'linear', parameters: { weight: 1 }, base: null, models };
    expect(resultTensor(half.output, name)).toEqual(
      await expectedTensor(executor, [12, 4], request, { name }),
    );
  });

  it('leaves a recipe beside the result that gives the same result', async () => {
    const recipe = 'merge_method: linear\nmodels: [{ model: a }]\nparameters: { weight: [1, 2] }';
    const { output } = await merged(recipe, MODELS, { executor });
    const text = new TextDecoder().decode(output.files.get('mergekit_config.yml'));
    expect(recipesFrom(text)[0]?.recipe).toEqual(recipesFrom(recipe)[0]?.recipe);
    expect(new TextDecoder().decode(output.files.get('README.md'))).toContain('Weight averaging');
  });

  it('leaves memory as it was, and nothing behind when it is stopped', async () => {
    const recipe = 'merge_method: linear\nmodels: [{ model: a }]\nparameters: { weight: 1 }';
    const before = executor.memory().liveBytes;
    const output = memoryFolder();
    const controller = new AbortController();
    let steps = 0;
    const onProgress = (): void => {
      steps += 1;
      if (steps === 6) controller.abort();
    };
    const { signal } = controller;
    const run = merged(recipe, MODELS, { executor, signal, onProgress }, output);
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(output.files.size).toBe(0);
    expect(output.hidden()).toBe(0);
    expect(executor.memory().liveBytes).toBe(before);
  });
});

function config(output: { files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> }): unknown {
  return JSON.parse(new TextDecoder().decode(output.files.get('config.json')));
}
