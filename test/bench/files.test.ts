import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultFault } from '../../bench/files/check-result.ts';
import { casesOf, recipeOf, type FileCase } from '../../bench/files/file-cases.ts';
import { filesTable, resultsOf } from '../../bench/files/files-record.ts';
import { makeCheckpoints } from '../../bench/files/make-checkpoints.ts';
import { MODEL_SHAPES, tensorsOf } from '../../bench/files/model-shapes.ts';
import type { ProgramRun } from '../../bench/files/run-program.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { methodById } from '../../src/merge/registry/registry.ts';
import { recipesFrom } from '../../src/merge/recipe/parse-recipe.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const WEIGHTS = 'model.safetensors';
const NONE = new Float32Array();
/** A bfloat16 tensor's values. */
function valuesIn(path: string, name: string): Float32Array {
  return readSafetensors(bytesOf(path), WEIGHTS).floats(name);
}

const bytesOf = (path: string) => new Uint8Array(readFileSync(path));

function made(seed: number, isSparse = false) {
  const folder = freshFolder();
  const folders = ['base', 'one', 'two'].map((name) => join(folder, name));
  makeCheckpoints({ folders, shape: MODEL_SHAPES.small, seed, isSparse });
  return { folder, files: folders.map((one) => join(one, WEIGHTS)) };
}

describe('checkpoints of the bench', () => {
  it('have the size of the models whose shape they have', () => {
    const parameters = (size: keyof typeof MODEL_SHAPES): number =>
      [...tensorsOf(MODEL_SHAPES[size]).values()].reduce(
        (sum, dims) => sum + dims.reduce((product, one) => product * one, 1),
        0,
      );
    // As their model cards say: 0.6 B and 4.0 B, heads not counted twice.
    expect(parameters('real')).toBe(596_049_920);
    expect(parameters('large')).toBe(4_022_468_096);
    expect(tensorsOf(MODEL_SHAPES.real).size).toBe(28 * 11 + 2);
  });

  it('hold a base and models close to it, the same for the same seed', () => {
    const { files } = made(1);
    const [base, one, two] = files.map((path) => valuesIn(path, 'model.embed_tokens.weight'));
    const deviation = (values: Float32Array): number =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const less = (a: Float32Array = NONE, b: Float32Array = NONE): Float32Array =>
      a.map((value, i) => value - (b[i] ?? Number.NaN));
    // 16,384 draws: three standard errors are 1.7 %, and bfloat16 rounds deltas coarsely.
    expect(deviation(less(base, new Float32Array(16_384))) / 0.02).toBeCloseTo(1, 1);
    expect(deviation(less(one, base)) / 0.001).toBeCloseTo(1, 1);
    expect(deviation(less(two, one)) / 0.001 / Math.SQRT2).toBeCloseTo(1, 1);
    expect(made(1).files.map(bytesOf)).toEqual(files.map(bytesOf));
    expect(bytesOf(made(2).files[0] ?? '')).not.toEqual(bytesOf(files[0] ?? ''));
  });

  it('are whole where they are sparse', () => {
    const [whole, sparse] = [made(1), made(1, true)].map(({ files }) => files[0] ?? '');
    expect(statSync(sparse ?? '').size).toBe(statSync(whole ?? '').size);
  });
});

describe('cases of the bench', () => {
  it('are recipes of methods that there are, and the base is where it belongs', () => {
    const ours = casesOf('real', '').filter(({ engine }) => engine === 'ours');
    expect(ours).toHaveLength(7);
    for (const one of ours) {
      const [parsed] = recipesFrom(recipeOf(one, '/models'));
      const { mergeMethod = '', baseModel } = parsed?.recipe ?? {};
      expect(methodById(mergeMethod).id).toBe(mergeMethod);
      expect(baseModel).toBe(mergeMethod === 'linear' ? null : join('/models', 'base'));
    }
  });

  it('come with the copy that they are held against', () => {
    const names = (size: 'real' | 'large', filter: string): string[] =>
      casesOf(size, filter).map(({ name, engine }) => `${engine}: ${name}`);
    expect(names('real', 'slerp')).toEqual(['copy: copy x 2', 'ours: SLERP x 2']);
    expect(names('large', 'ties')).toEqual(['copy: copy x 3', 'ours: TIES x 3']);
    expect(names('real', 'nothing')).toEqual([]);
  });
});

describe('what is measured', () => {
  const [copy, linear] = casesOf('real', 'linear').filter(({ engine }) => engine !== 'numpy');
  const run = (wallSeconds: number, workSeconds: number | null, peakBytes: number): ProgramRun => ({
    ...{ wallSeconds, workSeconds, peakBytes, userSeconds: 3, systemSeconds: 1, stdout: '' },
  });

  it('is our whole command beside the work alone of the others', () => {
    if (copy === undefined || linear === undefined) throw new Error('There are no cases.');
    const results = resultsOf(
      new Map<FileCase, ProgramRun[]>([
        [copy, [run(9, 1, 5e7), run(9, 3, 6e7), run(9, 2, 5e7)]],
        [linear, [run(3, 1, 2e8), run(4, 3, 4e8), run(2, 2.5, 3e8)]],
      ]),
    );
    expect(results.map(({ seconds }) => seconds.median)).toEqual([2, 3]);
    expect(results.map(({ peakBytes }) => peakBytes)).toEqual([6e7, 4e8]);
    expect(results[1]).toMatchObject({ timesCopy: 1.5, timesLinear: 1, workSeconds: 2.5 });
    expect(results[0]).toMatchObject({ timesCopy: null, timesLinear: null });
    expect(filesTable({ results }).split('\n').at(-1)).toBe(
      '| linear x 2 | ours | 3.00 | 2.00…4.00 | 2.50 | 3.0 + 1.0 | 400 | 1.50 | 1.00 |',
    );
  });

  it('is refused where the result is another one', () => {
    const { files, folder } = made(1);
    const [base = '', one = ''] = files;
    const linear = casesOf('real', 'linear').find(({ engine }) => engine === 'ours');
    const ties = casesOf('real', 'ties').find(({ engine }) => engine === 'ours');
    if (linear === undefined || ties === undefined) throw new Error('There are no cases.');
    // The mean of a model with itself is the model; with another it is not.
    expect(resultFault(linear, base, [base, base])).toBe('');
    expect(resultFault(linear, base, [base, one])).toMatch(/sample \d+ is -?\d/);
    expect(resultFault(ties, base, files)).toBe('it is the base');
    expect(resultFault(ties, one, files)).toBe('');
    const broken = join(folder, 'broken.safetensors');
    const bytes = bytesOf(one);
    writeFileSync(broken, bytes.subarray(0, bytes.length - 2));
    expect(resultFault(linear, broken, [base, one])).toMatch(/the sizes are/);
    bytes.set([0x80, 0x7f], bytes.length - 2);
    writeFileSync(broken, bytes);
    expect(resultFault(ties, broken, files)).toBe('there are values that are not finite');
    expect(resultFault(linear, broken, [one, one])).toMatch(/sample 0 is Infinity/);
  });
});
