import { AppError } from '../../../src/core/errors.ts';
import { recipesFrom } from '../../../src/merge/recipe/parse-recipe.ts';
import { defineFault } from '../fault-row.ts';
import { refusals } from '../given/refusals.ts';

const SOUND = 'merge_method: linear\nmodels:\n  - model: a\n    parameters: { weight: 1 }\n';
const BOMB = Array.from(
  { length: 30 },
  (_, at) => `a${String(at + 1)}: &a${String(at + 1)} [${`*a${String(at)},`.repeat(9)}]`,
).join('\n');

export const fault = defineFault({
  id: 'F11',
  fault: 'recipes that burst, lie or say what cannot be',
  expected: 'refused with the line; nothing is merged',
  injection: 'file',
  detects: /^recipe-invalid: The recipe has \d+ faults?\./,
  hosts: {
    node: refusals(() => ({
      sound: SOUND,
      faulty: {
        'aliases that burst': `a0: &a0 [x]\n${BOMB}\n${SOUND}`,
        'an alias of itself': `${SOUND}x: &x [*x]\n`,
        'an alias of nothing': `${SOUND}base_model: *none\n`,
        'a tag of another language': `${SOUND}base_model: !!js/function x\n`,
        'a merge of no mapping': `${SOUND}<<: [1]\n`,
        'a key twice': `${SOUND}merge_method: ties\n`,
        'a key that is a list': `${SOUND}? [a]\n: 1\n`,
        'nested deeply': `${SOUND}x: ${'['.repeat(30_000)}`,
        'weight 1e999': SOUND.replace('weight: 1', 'weight: 1e999'),
        'weight .nan': SOUND.replace('weight: 1', 'weight: .nan'),
        'weights that are none': SOUND.replace('weight: 1', 'weight: []'),
        'five megabytes': `${SOUND}#${'x'.repeat(5 * 2 ** 20)}`,
        'no mapping': '- a\n',
        'no YAML': 'a: [\n',
        'a name of objects for a method': SOUND.replace('linear', '__proto__'),
      },
      read: (text) => {
        try {
          return recipesFrom(text);
        } catch (error) {
          const faults = error instanceof AppError ? error.faults : [];
          const placed = faults.every(({ place }) => /^(document|.*line \d+:\d+)/.test(place));
          if (faults.length > 0 && !placed) throw new Error('a fault without its place');
          throw error;
        }
      },
    })),
  },
  isShort: true,
});
