import { isDeepStrictEqual } from 'node:util';
import { parseRecipes, recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import { printRecipes } from '../../../src/merge/recipe/print-recipe.ts';
import { fileNamed, promise, textFile, textOf, type FuzzKind } from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { oneIn } from '../mutate/pick.ts';
import { mutateText } from '../mutate/text.ts';
import { YAML_SNIPPETS, YAML_WORDS } from '../mutate/yaml-words.ts';

const FILE = 'recipe.yaml';
const WORDS = {
  words: [
    ...[...YAML_WORDS, 'linear', 'ties', 'slerp', 'dare_ties', 'della', 'passthrough', 'union'],
    ...['self_attn', 'float16', 'bfloat16', 'auto', 'chatml', 'density', 'weight', 't', 'lambda'],
  ],
  snippets: YAML_SNIPPETS,
};

/** Recipes as mergekit writes them: those of several documents, with anchors, slices and tokens. */
export const recipesKind: FuzzKind = {
  name: 'recipes',
  reads: 'merge recipes (mergekit YAML)',
  refuses: ['recipe-invalid'],
  seeds: () =>
    Promise.resolve(
      Object.entries(RECIPES).map(([name, text]) => ({ name, input: [textFile(FILE, text)] })),
    ),
  mutate(input, random) {
    const file = fileNamed(input, FILE);
    if (oneIn(12, random)) return [{ name: FILE, bytes: mutateBytes(file.bytes, random) }];
    return [textFile(FILE, mutateText(textOf(file), random, WORDS))];
  },
  read(input) {
    const recipes = recipesFrom(textOf(fileNamed(input, FILE))).map(({ recipe }) => recipe);
    promise(recipes.length > 0, 'a file without a recipe');
    // What was understood can be written, and read again it is the same.
    const again = parseRecipes(printRecipes(recipes));
    const firstFault = again.ok ? '' : (again.faults[0]?.message ?? '');
    promise(again.ok, `what was printed is refused: ${firstFault}`);
    const same = again.ok ? again.recipes.map(({ recipe }) => recipe) : [];
    promise(isDeepStrictEqual(same, recipes), 'what was printed is another recipe');
    return Promise.resolve();
  },
};

const RECIPES: Readonly<Record<string, string>> = {
  linear: `models:
  - model: org/first
    parameters: { weight: 0.3 }
  - model: org/second
    parameters: { weight: [0, 0.5, 1] }
merge_method: linear
parameters: { normalize: true }
dtype: float32
out_dtype: bfloat16
`,
  ties: `merge_method: ties
base_model: base
models:
  - model: a
    parameters:
      density: 0.5
      weight:
        - { filter: self_attn, value: [1, 0.5] }
        - { filter: mlp, value: 0.25 }
        - value: 1
  - model: b
    parameters: { density: 1, weight: -0.5 }
parameters: { normalize: false, lambda: 0.9 }
tokenizer:
  source: union
  pad_to_multiple_of: 64
  tokens:
    <eos>: { source: b, force: true }
    <new>: { source: { kind: model_token, model: a, token: <old> } }
    <none>: { source: { kind: zero } }
chat_template: auto
`,
  slices: `slices:
  - sources:
      - model: a
        layer_range: [0, 2]
      - model: b
        layer_range: [2, 4]
    parameters: { t: 0.5 }
  - sources: [{ model: a, layer_range: [2, 3] }, { model: b, layer_range: [0, 1] }]
merge_method: slerp
base_model: a
parameters:
  t: [{ filter: norm, value: 0 }, { value: [0, 1] }]
dtype: float16
`,
  steps: `name: half
merge_method: linear
models: &models
  - model: a
    parameters: { weight: 1 }
  - model: b
    parameters: { weight: 1 }
---
merge_method: task_arithmetic
base_model: a
models:
  - model: half
    parameters: &one { weight: 2 }
  - { model: c, parameters: { <<: *one, weight: 0.1 } }
  - { model: d, parameters: *one }
tensors:
  - { filter: embed, rule: base }
`,
  passthrough: `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 3] }]
  - sources: [{ model: a, layer_range: [1, 4] }]
tokenizer_source: base
`,
};
