import { expect } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { elementCount, layoutOf } from '../../../src/core/layout.ts';
import { bytesSource, type ByteSource } from '../../../src/io/byte-source.ts';
import { decodeFloats, isReadable } from '../../../src/io/safetensors-decode.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { checkFolder } from '../../../src/merge/check/check-folder.ts';
import { prepareRecipe, runRecipe, type RecipeRun } from '../../../src/merge/stream/run-recipe.ts';
import { memoryFolder, type MemoryFolder } from '../../support/memory-folder.ts';
import type { Files } from './model-files.ts';

export type Models = Readonly<Record<string, Files>>;

export function finder(models: Models): (reference: string) => Promise<readonly ByteSource[]> {
  return async (reference) => {
    const files = models[reference] ?? new Map<string, Uint8Array<ArrayBuffer>>();
    return [...files].map(([name, bytes]) => bytesSource(`${reference}/${name}`, bytes));
  };
}

/** Faults of a folder that was written: whatever in it does not agree. */
export async function faultsIn(files: Iterable<readonly [string, Uint8Array<ArrayBuffer>]>) {
  const { faults } = await checkFolder([...files].map(([name, bytes]) => bytesSource(name, bytes)));
  return faults;
}

/**
 * Runs a recipe over models in memory. Every result is checked against itself.
 * @param known faults of the models that the result inherits
 */
export async function merged(
  recipe: string,
  models: Models,
  options: Partial<RecipeRun> = {},
  output: MemoryFolder = memoryFolder(),
  known: readonly unknown[] = [],
) {
  const executor = options.executor ?? createCpuExecutor();
  const prepared = await prepareRecipe(recipe, finder(models));
  const stepOutput = async (): Promise<MemoryFolder> => memoryFolder();
  const reports = await runRecipe(prepared, { executor, output, stepOutput, ...options });
  expect(await faultsIn(output.files)).toEqual(known);
  return { output, reports, executor, prepared };
}

/** A tensor of a result as f32. */
export function resultTensor(
  output: Pick<MemoryFolder, 'files'>,
  name: string,
): Float32Array<ArrayBuffer> {
  for (const [path, bytes] of output.files) {
    if (!path.endsWith('.safetensors')) continue;
    const file = readSafetensors(bytes, path);
    if (file.tensors.has(name)) return file.floats(name);
  }
  throw new Error(`The result has no ${name}.`);
}

/** Type and shape of every tensor of a result. */
export function resultHeaders(output: MemoryFolder): Map<string, string> {
  const entries = [...output.files].flatMap(([path, bytes]) =>
    path.endsWith('.safetensors')
      ? [...readSafetensors(bytes, path).tensors.values()].map(
          ({ name, dtype, shape }): [string, string] => [name, `${dtype}[${shape.join()}]`],
        )
      : [],
  );
  return new Map(entries);
}

/** What merging one tensor with `mergeArenas` gives, rounded to the type of the result. */
export async function expectedTensor(
  executor: Executor,
  shape: readonly number[],
  request: {
    method: string;
    parameters: Record<string, unknown>;
    base: Float32Array | null;
    models: readonly Float32Array[];
  },
  options: { name: string; dtype?: string },
): Promise<Float32Array<ArrayBuffer>> {
  const layout = layoutOf([[{ name: options.name, shape }]]);
  const arena = (values: Float32Array) => {
    const padded = new Float32Array(layout.length);
    padded.set(values);
    return padded;
  };
  const result = await mergeArenas(executor, layout, {
    method: request.method,
    parameters: request.parameters,
    base: request.base === null ? null : arena(request.base),
    models: request.models.map(arena),
  });
  const values = result.slice(0, elementCount(shape));
  const { dtype = 'F32' } = options;
  if (!isReadable(dtype)) throw new Error(dtype);
  return decodeFloats(encodeFloats(values, dtype), dtype, values.length);
}
