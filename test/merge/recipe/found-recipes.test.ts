import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseRecipes, recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import { printRecipes } from '../../../src/merge/recipe/print-recipe.ts';
import { referencesOf, type Recipe } from '../../../src/merge/recipe/recipe.ts';

/* Recipes as people publish them: what mergekit reads is read here, and to the same end. */

function only(text: string): Recipe {
  const [parsed] = recipesFrom(text);
  if (parsed === undefined) throw new Error('There is no recipe.');
  return parsed.recipe;
}

function faultsOf(text: string): string {
  const parsed = parseRecipes(text);
  if (parsed.ok) throw new Error('The recipe was taken.');
  return parsed.faults.map(({ place, message }) => `${place}: ${message}`).join('\n');
}

const value = (given: unknown) => ({ kind: 'value', value: given });
const LINEAR = 'merge_method: linear\nmodels: [{ model: a }]\n';

describe('anchors, aliases and merge keys', () => {
  it('stand for what they name', () => {
    const { input, parameters } = only(`
merge_method: ties
base_model: &base ./base
parameters: &all { normalize: true, weight: 0.3 }
models:
  - model: *base
  - model: ./a
    parameters: &own { weight: &gradient [0.1, 0.9], density: 0.5 }
  - model: ./b
    parameters: { <<: *own, density: 0.7 }
  - model: ./c
    parameters:
      density: 0.9
      <<: [{ weight: 1 }, *own]
  - model: ./d
    parameters: { weight: *gradient }
`);
    expect(parameters).toEqual(
      new Map([
        ['normalize', value(true)],
        ['weight', value(0.3)],
      ]),
    );
    const models = input.kind === 'models' ? input.models : [];
    expect(models.map(({ model, parameters: own }) => [model, Object.fromEntries(own)])).toEqual([
      ['./base', {}],
      ['./a', { weight: value([0.1, 0.9]), density: value(0.5) }],
      ['./b', { weight: value([0.1, 0.9]), density: value(0.7) }],
      ['./c', { weight: value(1), density: value(0.9) }],
      ['./d', { weight: value([0.1, 0.9]) }],
    ]);
  });

  it('may be used more often than a bomb would need', () => {
    const sources = Array.from({ length: 60 }, () => '{ model: a, parameters: *w }').join(', ');
    const slices = Array.from({ length: 10 }, (_, at) => {
      const range = `layer_range: [${at}, ${at + 1}]`;
      return `  - sources: [{ model: a, ${range}, parameters: ${at === 0 ? '&w { weight: 1 }' : '*w'} }]`;
    });
    const many = only(`merge_method: linear\nslices:\n${slices.join('\n')}\n`).input;
    expect(many.kind === 'slices' ? many.slices[9]?.sources[0]?.parameters : null).toEqual(
      new Map([['weight', value(1)]]),
    );
    const head = 'merge_method: linear\nparameters: &w { weight: 2 }\n';
    const { input } = only(`${head}models: [${sources}]\n`);
    expect(input.kind === 'models' ? input.models : []).toHaveLength(60);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', `${LINEAR}parameters: *no`, /line 3:13: \*no stands for nothing/],
    ['themselves', `${LINEAR}parameters: &p { weight: [*p] }`, /\*p is inside &p itself/],
    ['a list', `${LINEAR}parameters: { <<: [1, 2] }`, /line 3:20: Only mappings can be merged/],
    ['text', `${LINEAR}parameters: { <<: weight }`, /Only mappings can be merged/],
  ])('cannot stand for %s', (_, text, message) => {
    expect(faultsOf(text)).toMatch(message);
  });

  it.each([2, 10, 100])('that multiply (by %s) are refused before they do', (width) => {
    const levels = Math.ceil(Math.log(1e12) / Math.log(width));
    const lines = Array.from({ length: levels }, (_, level) => {
      const inner = level === 0 ? 'x' : `*a${level - 1}`;
      return `  a${level}: &a${level} [${Array.from({ length: width }, () => inner).join(', ')}]`;
    });
    const bomb = `${LINEAR}parameters:\n${lines.join('\n')}\n`;
    expect(faultsOf(bomb)).toMatch(/line \d+:\d+: Has more than 200000 values/);
    const merging = Array.from({ length: 40 }, (_, level) => {
      const inner = level === 0 ? '{ k: 1 }' : `*m${level - 1}`;
      return `  m${level}: &m${level} { p: ${inner}, q: ${inner} }`;
    });
    expect(faultsOf(`${LINEAR}parameters:\n${merging.join('\n')}\n`)).toMatch(/200000 values/);
  });
});

describe('the text of a recipe', () => {
  it('may be longer than people write', () => {
    const filters = Array.from(
      { length: 2000 },
      (_, layer) => `      - { filter: 'layers.${layer}.mlp.up_proj', value: ${layer / 1000} }`,
    );
    const text = `${LINEAR}parameters:\n    weight:\n${filters.join('\n')}\n      - 1\n`;
    expect(text.length).toBeGreaterThan(100_000);
    const { parameters } = only(text.replace('      - 1\n', '      - { value: 1 }\n'));
    const weight = parameters.get('weight');
    expect(weight?.kind === 'conditions' ? weight.conditions[1999] : null).toEqual({
      ...{ filter: 'layers.1999.mlp.up_proj', value: 1.999 },
    });
  });

  it.each<[string, string]>([
    ['a byte order mark', `\uFEFF${LINEAR}parameters: { weight: 1 }`],
    ['ends of lines of Windows', `${LINEAR}parameters: { weight: 1 }\n`.replaceAll('\n', '\r\n')],
    ['a document that is empty', `---\n${LINEAR}parameters: { weight: 1 }\n---\n`],
    ['an end of document', `---\n${LINEAR}parameters: { weight: 1 }\n...\n`],
    ['comments alone before it', `# by hand\n---\n${LINEAR}parameters: { weight: 1 }\n`],
    ['a directive', `%YAML 1.1\n---\n${LINEAR}parameters: { weight: 1 }\n`],
    ['tags of YAML', `${LINEAR}parameters: { weight: !!float 1.0 }\n`],
  ])('may have %s', (_, text) => {
    expect(only(text).parameters.get('weight')).toEqual(value(1));
  });

  it('is refused with tabs for indents, and keys that stand twice', () => {
    expect(faultsOf('merge_method: linear\nmodels:\n\t- model: a\n')).toMatch(/line 3:1: Tabs/);
    expect(faultsOf(`${LINEAR}dtype: float16\ndtype: bfloat16\n`)).toMatch(/line 4:1.*unique/);
  });
});

describe('values as mergekit reads them', () => {
  it.each([
    ['torch.bfloat16', 'bfloat16'],
    ['torch.float16', 'float16'],
    ['float32', 'float32'],
  ])('%s is a type', (written, dtype) => {
    expect(only(`${LINEAR}dtype: ${written}\nout_dtype: ${written}\n`)).toMatchObject({
      ...{ dtype, outDtype: dtype },
    });
  });

  it.each([
    ['bf16', /dtype \(line 3:1\): Must be one of.*Did you mean bfloat16\?/],
    ['torch.half', /Did you mean float16\?/],
    ['torch.int8', /float32, float16, bfloat16\.$/],
  ])('%s is none', (written, message) => {
    expect(faultsOf(`${LINEAR}dtype: ${written}\n`)).toMatch(message);
  });

  it('are switches in the words of YAML 1.1', () => {
    for (const [word, is] of [
      ...['yes', 'Yes', 'YES', 'on', 'On', 'true', 'TRUE'].map((on) => [on, true] as const),
      ...['no', 'No', 'NO', 'off', 'OFF', 'false'].map((off) => [off, false] as const),
      ...['y', 'n', 'yEs', 'oFF'].map((other) => [other, other] as const),
    ]) {
      const { parameters } = only(`${LINEAR}parameters: { weight: 1, normalize: ${word} }\n`);
      expect([word, parameters.get('normalize')]).toEqual([word, value(is)]);
    }
    const tokens = 'tokenizer: { tokens: { x: { source: a, force: off } } }\n';
    expect(only(LINEAR + tokens).tokenizer?.tokens.get('x')).toMatchObject({ force: false });
  });

  it('and a printed recipe gives PyYAML the same values', () => {
    const text =
      'merge_method: linear\nmodels: [{ model: "off" }, { model: "12:30" }, { model: "2020-01-01" }]\n' +
      'parameters: { weight: 1, normalize: off }\n';
    const again: unknown = parse(printRecipes([only(text)]), { version: '1.1' });
    expect(again).toMatchObject({
      models: [{ model: 'off' }, { model: '12:30' }, { model: '2020-01-01' }],
      parameters: { weight: 1, normalize: false },
    });
  });

  it('may have parameters that mergekit passes over', () => {
    const [parsed] = recipesFrom(`${LINEAR}parameters: { weight: 1, embed_slerp: true }\n`);
    expect(parsed?.notes.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      'parameters.embed_slerp (line 3:26): linear does not use it.',
    ]);
  });

  it('name models in a longer form', () => {
    const recipe = only(`
merge_method: linear
base_model: { model: { path: ./base, revision: null }, lora: null }
models:
  - model: { model: { path: './bob''s model' } }
  - model: { path: ./b }
  - model: { model: ./c, override_architecture: null }
parameters: { weight: 1 }
tokenizer: { source: { model: { path: ./d } }, tokens: { x: { source: { model: { path: ./e } } } } }
`);
    expect(referencesOf(recipe)).toEqual([
      ...['./base', "./bob's model", './b', './c', './d', './e'],
    ]);
    expect(only(`${LINEAR}tokenizer_source: model:./a b\n`).tokenizer?.source).toEqual({
      ...{ kind: 'model', model: './a b' },
    });
    const lora = `merge_method: linear\nmodels: [{ model: { model: a, lora: { path: b } } }]\n`;
    expect(faultsOf(lora)).toMatch(/models\[0\]\.model\.lora \(line 2:31\): Adapters/);
    expect(faultsOf(lora.replace('lora', 'revision'))).toMatch(/revision .*download that revision/);
    expect(faultsOf('merge_method: linear\nmodels: [{ model: {} }]')).toMatch(/Lacks "model" or/);
  });

  it('may have a slice without layers at either end, not backwards', () => {
    const slices = (last: string) => `
merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 4] }]
  - sources: [{ model: b, layer_range: ${last} }]
`;
    const { input } = only(slices('[0, 0]'));
    expect(input.kind === 'slices' ? input.slices[1]?.sources[0]?.layerRange : null).toEqual([
      0, 0,
    ]);
    expect(faultsOf(slices('[2, 1]'))).toMatch(/layer_range must be/);
  });
});

describe('a mistake is told with the way out', () => {
  it.each<[string, string, RegExp]>([
    ['hyphens', 'merge_method: dare-ties\nmodels: [{ model: a }]', /Did you mean dare_ties\?/],
    ['case', 'merge_method: SLERP\nmodels: [{ model: a }]', /Did you mean slerp\?/],
    ['a slip', 'merge_method: task_arithmatic\nmodels: [{ model: a }]', /mean task_arithmetic\?/],
    ['a letter', `${LINEAR}parameters: { wieght: 1 }`, /wieght .*Did you mean weight\?/],
    ['a key', 'merge_method: linear\nmodel: [{ model: a }]', /model .*Did you mean models\?/],
    [
      'a parameter beside its model',
      'merge_method: linear\nmodels: [{ model: a, weight: 1 }]',
      /models\[0\]\.weight \(line 2:22\): weight belongs under parameters/,
    ],
    ['one of the merge', `${LINEAR}density: 0.5`, /density .*belongs under parameters/],
    [
      'one beside its slice',
      'merge_method: slerp\nslices: [{ sources: [{ model: a, layer_range: [0, 1] }], t: 0.5 }]',
      /slices\[0\]\.t .*belongs under parameters/,
    ],
    ['a list of parameters', `${LINEAR}parameters: [{ weight: 1 }]`, /leave out the "-"/],
    ['a mapping of models', 'merge_method: linear\nmodels: { a: 1 }', /Must be a list.*- model/],
    ['another program', 'base_model: a\nexperts: []\n', /experts .*mergekit-moe/],
    ['names alone', 'merge_method: linear\nmodels: [a]', /models\[0\] .*write "model: a"/],
  ])('%s', (_, text, message) => {
    expect(faultsOf(text)).toMatch(message);
  });

  it('and nothing is guessed from far away', () => {
    expect(faultsOf('merge_method: magic\nmodels: [{ model: a }]')).not.toMatch(/Did you mean/);
  });
});
