import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { noteLines } from '../../../src/core/notes.ts';
import { readCheckpointFolder } from '../../../src/io/hf-checkpoint.ts';
import { brokenSource } from '../../../src/io/import/broken-source.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import { prepareRecipe, runRecipe, type FindFiles } from '../../../src/merge/stream/run-recipe.ts';
import { errorOf } from '../../support/error-of.ts';
import { memoryFolder, type MemoryFolder } from '../../support/memory-folder.ts';
import { finder, merged, resultHeaders, resultTensor, type Models } from './checkpoints.ts';
import { modelFiles, SHAPES, valuesOf, type Files } from './model-files.ts';

/* Models as people have them on their disks. */

const LINEAR =
  'merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 0.5 }\n';

const textOf = (output: MemoryFolder, name: string): string =>
  new TextDecoder().decode(output.files.get(name));

async function faultsOf(models: Models | FindFiles, recipe = LINEAR): Promise<string[]> {
  const find = typeof models === 'function' ? models : finder(models);
  const { faults } = toAppError(await errorOf(prepareRecipe(recipe, find)));
  return faults.map(({ place, message }) => `${place}: ${message}`);
}

function withText(files: Files, name: string, text: string): Files {
  return new Map(files).set(name, new TextEncoder().encode(text));
}

describe('tables that programs compute anew', () => {
  const table = (layer: number) => `model.layers.${layer}.self_attn.rotary_emb.inv_freq`;
  const shapes = { ...SHAPES, [table(0)]: [2], [table(1)]: [2] };
  const fill = (value: number) => (name: string, values: Float32Array) => {
    if (name.endsWith('inv_freq')) values.fill(value);
  };

  it('are left out where only some models have them, in one counted note', async () => {
    const models = { a: modelFiles(2, { shapes }), b: modelFiles(3) };
    for (const recipe of [
      LINEAR,
      LINEAR.replace('{ model: a }, { model: b }', '{ model: b }, { model: a }'),
    ]) {
      const { output, prepared } = await merged(recipe, models);
      expect([...resultHeaders(output).keys()].sort()).toEqual(Object.keys(SHAPES).sort());
      expect(noteLines(prepared.notes)).toEqual([
        `tensor "${table(0)}" and 1 other: Only in a; computed when a model is opened: left out.`,
      ]);
    }
  });

  it('are copied, not averaged, where all have them', async () => {
    const models = {
      a: modelFiles(2, { shapes, change: fill(0.25) }),
      b: modelFiles(3, { shapes, change: fill(0.75) }),
    };
    const { output } = await merged(`${LINEAR}out_dtype: bfloat16\n`, models);
    expect([...resultTensor(output, table(1))]).toEqual([0.25, 0.25]);
    expect(resultHeaders(output).get(table(1))).toBe('F32[2]');
    expect(resultHeaders(output).get('model.norm.weight')).toBe('BF16[4]');
  });

  it('do not excuse a weight that is missing', async () => {
    const more = { ...SHAPES, 'model.layers.1.self_attn.q_proj.bias': [4] };
    expect(await faultsOf({ a: modelFiles(2, { shapes: more }), b: modelFiles(3) })).toEqual([
      'tensor "model.layers.1.self_attn.q_proj.bias": Missing in b.',
    ]);
  });
});

describe('a slice without layers', () => {
  it.each([
    ['last', 'b'],
    ['first', 'a'],
  ])('gives what stands after or before the layers: %s', async (place, empty) => {
    const whole = '  - sources: [{ model: a, layer_range: [0, 2] }]\n';
    const none = '  - sources: [{ model: b, layer_range: [0, 0] }]\n';
    const slices = place === 'last' ? whole + none : none + whole;
    const models = { a: modelFiles(2), b: modelFiles(3) };
    const { output } = await merged(`merge_method: passthrough\nslices:\n${slices}`, models);
    const seedOf = (model: string) => (model === 'a' ? 2 : 3);
    const expected = (seed: number, name: string, count: number) => [
      ...valuesOf(seed, name, count, 'F32'),
    ];
    const embedding = place === 'last' ? 2 : 3;
    const name = 'model.embed_tokens.weight';
    expect([...resultTensor(output, name)]).toEqual(expected(embedding, name, 48));
    for (const [after, count] of [
      ['lm_head.weight', 48],
      ['model.norm.weight', 4],
    ] as const) {
      expect([...resultTensor(output, after)]).toEqual(expected(seedOf(empty), after, count));
    }
    const layer = 'model.layers.1.mlp.up_proj.weight';
    expect([...resultTensor(output, layer)]).toEqual(expected(2, layer, 24));
    expect(JSON.parse(textOf(output, 'config.json'))).toMatchObject({ num_hidden_layers: 2 });
  });
});

describe('numbers that only Python writes', () => {
  const config = `{
  "vocab_size": 12, "num_hidden_layers": 2,
  "time_step_limit": [0.0, Infinity], "low": -Infinity, "say": "Infinity \\" -Infinity"
}`;
  const a = withText(modelFiles(2), 'config.json', config);

  it('come through config.json unharmed', async () => {
    const { output } = await merged(LINEAR, { a, b: modelFiles(3) });
    const text = textOf(output, 'config.json');
    expect(text).toMatch(/"time_step_limit": \[\s*0,\s*Infinity\s*\],\s*"low": -Infinity/);
    expect(text).toContain('"say": "Infinity \\" -Infinity"');
    expect(() => JSON.parse(text) as unknown).toThrow();
    const files = [...output.files].map(([path, bytes]) => ({ path, bytes }));
    expect(readCheckpointFolder(files).config).toMatchObject({
      time_step_limit: [0, Number.POSITIVE_INFINITY],
    });
    const again = await merged(LINEAR, { a: new Map(output.files), b: modelFiles(3) });
    expect(textOf(again.output, 'config.json')).toBe(text);
  });

  it('are no excuse for NaN', async () => {
    const bad = withText(a, 'config.json', config.replace('-Infinity,', 'NaN,'));
    const [first, second] = await faultsOf({ a: bad, b: modelFiles(3) });
    expect(first).toMatch(/^a: a\/config.json is no JSON object/);
    expect(second).toMatch(/^a\/config.json: .*NaN/i);
  });
});

describe('reasons found inside the files of a model', () => {
  it('are told, of all models', async () => {
    const faults = await faultsOf({
      a: withText(modelFiles(2), 'config.json', '{ "vocab_size": 12, }'),
      b: withText(modelFiles(3), 'model.safetensors.index.json', '[]'),
      c: new Map(),
    });
    expect(faults[0]).toMatch(/^a: a\/config.json is no JSON object/);
    expect(faults[1]).toMatch(/^a\/config.json: (?!no JSON object).*(JSON|property)/);
    expect(faults.slice(2).join('\n')).not.toMatch(/a\/config/);
    const shard = new Map(modelFiles(3, { shards: 2 }));
    shard.delete('model-00002-of-00002.safetensors');
    const other = await faultsOf({ a: modelFiles(2), b: shard });
    expect(other.join('\n')).toMatch(/model-00002-of-00002\.safetensors/);
  });
});

describe('files that are links to nothing', () => {
  const GONE = 'is a link to ../blobs/7, which does not exist';
  const broken = (files: Files, ...names: string[]): ByteSource[] => {
    const sources = names.map((name) => brokenSource(`a/${name}`, GONE));
    return [
      ...sources,
      ...sourcesOf('a', new Map([...files].filter(([name]) => !names.includes(name)))),
    ];
  };
  const sourcesOf = (reference: string, files: Files): ByteSource[] =>
    [...files].map(([name, bytes]) => ({
      path: `${reference}/${name}`,
      size: bytes.length,
      read: async (start, end) => bytes.slice(start, end),
    }));
  const find =
    (a: readonly ByteSource[]): FindFiles =>
    async (reference) =>
      reference === 'a' ? a : sourcesOf('b', modelFiles(3));

  it('are named where they are needed', async () => {
    for (const name of ['model.safetensors', 'config.json']) {
      const faults = await faultsOf(find(broken(modelFiles(2), name)));
      expect(faults.join('\n')).toContain(`a/${name}`);
      expect(faults.join('\n')).toContain(GONE);
    }
    const shards = modelFiles(2, { shards: 2 });
    const faults = await faultsOf(find(broken(shards, 'model-00001-of-00002.safetensors')));
    expect(faults.join('\n')).toMatch(/a\/model-00001-of-00002\.safetensors.*\.\.\/blobs\/7/);
    const tokenizer = find(broken(modelFiles(2), 'tokenizer.json'));
    const union = await faultsOf(tokenizer, `${LINEAR}tokenizer_source: union\n`);
    expect(union.join('\n')).toContain(`a/tokenizer.json ${GONE}`);
  });

  it('are ignored where nothing needs them, with a note for what a result would have had', async () => {
    const names = ['README.md', 'model.safetensors.old', 'tokenizer_config.json'];
    const prepared = await prepareRecipe(LINEAR, find(broken(modelFiles(2), ...names)));
    expect(noteLines(prepared.notes)).toEqual([`a/tokenizer_config.json: ${GONE}: left out.`]);
    const output = memoryFolder();
    await runRecipe(prepared, {
      ...{ executor: createCpuExecutor(), output },
      stepOutput: async () => memoryFolder(),
    });
    expect([...output.files.keys()].sort()).toEqual([
      ...['README.md', 'config.json', 'mergekit_config.yml', 'model.safetensors'],
    ]);
    expect(textOf(output, 'README.md')).toContain(
      '## Notes\n\n- a/tokenizer\\_config.json: is a link to ../blobs/7, which does not exist: left out.',
    );
  });
});

describe('notes of a merge', () => {
  const many = Array.from({ length: 400 }, (_, index) => ({
    place: `tensor "layers.${index}.x"`,
    message: index % 100 === 0 ? `Odd ${index}.` : 'Left out.',
  }));

  it('are counted, not repeated, and fit on a screen', () => {
    expect(noteLines(many)).toEqual([
      'tensor "layers.0.x": Odd 0.',
      'tensor "layers.1.x" and 395 others: Left out.',
      ...[1, 2, 3].map((at) => `tensor "layers.${at * 100}.x": Odd ${at * 100}.`),
    ]);
    const different = many.map((note, index) => ({ ...note, message: `${index}` }));
    expect(noteLines(different)).toHaveLength(20);
    expect(noteLines(different).at(-1)).toBe('… and 381 more notes of other kinds.');
    expect(noteLines([])).toEqual([]);
  });
});
