import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { FaultList } from '../../io/fault-list.ts';
import { readJsonSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findWeightFiles, type ModelFolder } from '../../io/import/model-folder.ts';
import { openWeights } from '../../io/import/weight-reader.ts';
import { allocateArena } from './import-checkpoint.ts';

/** What folders have in common that this program wrote itself: tensors have the names of the layout. */
export const OWN_HINT =
  'Export the model again, and keep the files of a folder together. Nothing was loaded.';

const MAX_CONFIG_BYTES = 16 * 2 ** 20;
/** Names of all items of all domains. */
export const MAX_NAMES_BYTES = 256 * 2 ** 20;
/** Rows of the table of positions. */
export const MOST_POSITIONS = 2 ** 20;

export interface OwnImportOptions {
  readonly signal?: AbortSignal;
  /** Bytes of weights read so far, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface OwnWeights {
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Tensors that stay in the files. */
  readonly ignored: readonly string[];
  /** Bytes of the weights in the files, and the types of their elements. */
  readonly weights: { readonly sizeBytes: number; readonly types: readonly string[] };
}

/** A JSON file of the folder. @errors checkpoint-missing; as readJsonSource */
export async function readOwnJson(folder: ModelFolder, name: string, maxBytes = MAX_CONFIG_BYTES) {
  const source = folder.get(name);
  if (source !== undefined) return readJsonSource(source, maxBytes);
  throw new AppError('checkpoint-missing', `The folder lacks ${name}.`, {
    hint: OWN_HINT,
    faults: [{ place: name, message: 'no such file' }],
  });
}

/** The layout of a config.json, with an error that speaks of the file instead of the experiment. */
export function layoutOfConfig(layoutOf: () => ParameterLayout): ParameterLayout {
  try {
    return layoutOf();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('layout-mismatch', `config.json: ${message}`, {
      hint: 'The kernels do not run these sizes. Nothing was loaded.',
      faults: [{ place: CONFIG_FILE, message }],
      cause,
    });
  }
}

/**
 * Reads all tensors of a layout. Headers are checked before the first weight is read.
 * @param model what the tensors have to be of: "a behaviour model"
 * @param ignores which tensors of the files are known, but of no use here
 * @errors checkpoint-missing, safetensors-invalid; layout-mismatch naming every tensor that is
 *   missing, misshapen or foreign; limit-exceeded, non-finite, aborted
 */
export async function readOwnWeights(
  folder: ModelFolder,
  layout: ParameterLayout,
  model: string,
  { signal, onProgress }: OwnImportOptions,
  ignores: (name: string, shapes: ReadonlyMap<string, unknown>) => boolean = () => false,
): Promise<OwnWeights> {
  const weights = await openWeights(await findWeightFiles(folder));
  const { shapes, bytes: sizeBytes, types } = weights;
  const wanted = new Set(layout.entries.map(({ name }) => name));
  const rest = [...shapes.keys()].filter((name) => !wanted.has(name));
  const foreign = rest.filter((name) => !ignores(name, shapes));
  checkTensors(layout, shapes, foreign, model);
  const parameters = allocateArena(layout);
  const total = layout.entries.reduce((sum, { name }) => sum + weights.bytesOf(name), 0);
  let done = 0;
  for (const { name, offset, size } of layout.entries) {
    await weights.readInto(name, parameters.subarray(offset, offset + size), signal);
    done += weights.bytesOf(name);
    onProgress?.(done, total);
  }
  return { parameters, ignored: rest, weights: { sizeBytes, types } };
}

function checkTensors(
  layout: ParameterLayout,
  shapes: ReadonlyMap<string, readonly number[]>,
  foreign: readonly string[],
  model: string,
): void {
  const faults = new FaultList();
  for (const { name, shape } of layout.entries) {
    const found = shapes.get(name);
    const place = `tensor "${name}"`;
    if (found === undefined) faults.add(place, 'is missing');
    else if (found.join() !== shape.join()) {
      faults.add(place, `is [${found.join(', ')}], config.json asks for [${shape.join(', ')}]`);
    }
  }
  for (const name of foreign) {
    faults.add(`tensor "${name}"`, `is no part of ${model} of these sizes`);
  }
  if (faults.total === 0) return;
  throw faults.toError(
    'layout-mismatch',
    `${String(faults.total)} tensors do not fit the model of config.json.`,
    OWN_HINT,
  );
}
