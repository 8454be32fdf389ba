import { describe, expect, it } from 'vitest';
import { recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import type { FileAtPath } from '../../../src/ui/state/events.ts';
import { modelsOf, recipeFor, withModels } from '../../../src/ui/session/merge-files-models.ts';

const fileAt = (path: string): FileAtPath => ({ path, file: new File([], path) });

describe('models among chosen files', () => {
  it('are folders with weights, and weight files on their own', () => {
    const models = modelsOf(
      [
        'zoo/a/config.json',
        'zoo/a/model.safetensors',
        'zoo/b/model-00001-of-00002.safetensors',
        'zoo/b/model-00002-of-00002.safetensors',
        'zoo/notes/readme.md',
        'c.safetensors',
        'd.safetensors',
      ].map(fileAt),
    );
    expect(models.map(({ reference, files }) => [reference, files.length])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c.safetensors', 1],
      ['d.safetensors', 1],
    ]);
  });

  it('get a number where a name is taken', () => {
    const [a] = modelsOf([fileAt('x/model.safetensors')]);
    if (a === undefined) throw new Error('no model');
    const names = withModels([a], [a, a]).map(({ reference }) => reference);
    expect(names).toEqual(['x', 'x-2', 'x-3']);
  });

  it('give a recipe that can be read', () => {
    const method = {
      ...{ id: 'ties', title: 'TIES', summary: '', maxModels: 64 },
      needsBase: true,
      required: { weight: 0.5 },
    };
    const [parsed] = recipesFrom(recipeFor(method, ['base: 1', 'a', 'b']));
    expect(parsed?.recipe).toMatchObject({
      mergeMethod: 'ties',
      baseModel: 'base: 1',
      input: { kind: 'models', models: [{ model: 'a' }, { model: 'b' }] },
    });
  });
});
