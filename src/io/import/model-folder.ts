import { AppError } from '../../core/errors.ts';
import type { Fault } from '../../core/errors.ts';
import { readTextSource } from '../byte-source.ts';
import type { ByteSource } from '../byte-source.ts';
import { refuseAdapterFiles } from './adapter.ts';
import { isJsonObject, JsonFault, parseStrictJson } from '../strict-json.ts';
import type { StrictJson } from '../strict-json.ts';

export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

const MAX_INDEX_BYTES = 32 * 2 ** 20;

/** The files of one checkpoint by their name within its folder. */
export type ModelFolder = ReadonlyMap<string, ByteSource>;

/**
 * The folder that holds config.json among the files given; files of folders beside and below it are
 * left out.
 * @errors checkpoint-missing without config.json and for an adapter, data-invalid when two folders have one
 */
export function findModelFolder(files: readonly ByteSource[]): ModelFolder {
  const depth = (path: string) => path.split('/').length;
  const configs = files
    .filter(({ path }) => path.split('/').at(-1) === CONFIG_FILE)
    .sort((a, b) => depth(a.path) - depth(b.path));
  const [config, second] = configs;
  if (config === undefined) {
    refuseAdapterFiles(files.map(({ path }) => path));
    throw missing([CONFIG_FILE], `It has: ${listed(files.map(({ path }) => path))}.`);
  }
  if (second !== undefined && depth(second.path) === depth(config.path)) {
    throw new AppError(
      'data-invalid',
      `${config.path} and ${second.path} belong to two checkpoints.`,
      { hint: 'Choose one folder. Nothing was loaded.' },
    );
  }
  const folder = config.path.slice(0, -CONFIG_FILE.length);
  const own = files.flatMap((file): [string, ByteSource][] => {
    const name = file.path.slice(folder.length);
    return file.path.startsWith(folder) && !name.includes('/') ? [[name, file]] : [];
  });
  return new Map(own);
}

/** Which file holds which tensors; null for "all that are in it". */
export interface WeightFile {
  readonly source: ByteSource;
  readonly tensors: ReadonlySet<string> | null;
}

/**
 * The weight files of a folder: model.safetensors, or the shards that the index names.
 * @errors checkpoint-missing when there are none or a shard is missing, data-invalid for a bad index
 */
export async function findWeightFiles(folder: ModelFolder): Promise<readonly WeightFile[]> {
  // As in Transformers, the single file wins where both exist.
  const whole = folder.get(WEIGHTS_FILE);
  if (whole !== undefined) return [{ source: whole, tensors: null }];
  const index = folder.get(INDEX_FILE);
  if (index === undefined) {
    const names = [...folder.keys()];
    const pickled = names.filter((name) => /\.(bin|pt|pth|ckpt)$/.test(name));
    throw missing(
      [WEIGHTS_FILE],
      pickled.length > 0
        ? `${listed(pickled)} would run code when read: convert to safetensors first.`
        : otherWeights(names),
    );
  }
  const byShard = readIndex(await readTextSource(index, MAX_INDEX_BYTES), index.path);
  const absent = [...byShard.keys()].filter((name) => !folder.has(name));
  if (absent.length > 0) throw missing(absent, `${INDEX_FILE} names it.`);
  return [...byShard].flatMap(([name, tensors]) => {
    const source = folder.get(name);
    return source === undefined ? [] : [{ source, tensors }];
  });
}

/** What a folder has in place of the weights that Transformers reads. */
function otherWeights(names: readonly string[]): string {
  const packed = names.filter((name) => name.endsWith('.gguf'));
  if (packed.length > 0) {
    return `${listed(packed)} is packed for llama.cpp: take the safetensors files it was made from.`;
  }
  const [other, ...more] = names.filter((name) => name.endsWith('.safetensors'));
  if (other !== undefined && more.length === 0) {
    return `${other} has another name: if it is the whole model, rename it to ${WEIGHTS_FILE}.`;
  }
  return `It has: ${listed(names)}.`;
}

function readIndex(text: string, path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const shards = new Map<string, Set<string>>();
  const weightMap = indexEntries(text, path);
  for (const [tensor, shard] of weightMap) {
    if (typeof shard !== 'string' || !/^[\w.-]+\.safetensors$/.test(shard)) {
      throw badIndex(path, `"${tensor}" is in no safetensors file of the folder`);
    }
    const tensors = shards.get(shard) ?? new Set();
    shards.set(shard, tensors.add(tensor));
  }
  if (shards.size === 0) throw badIndex(path, 'weight_map names no tensor');
  return shards;
}

function indexEntries(text: string, path: string): ReadonlyMap<string, StrictJson> {
  try {
    const root = parseStrictJson(text);
    const weightMap = isJsonObject(root) ? root.get('weight_map') : undefined;
    if (isJsonObject(weightMap)) return weightMap;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw badIndex(path, `${error.message} (at ${String(error.at)})`);
  }
  throw badIndex(path, 'has no weight_map');
}

function badIndex(path: string, message: string): AppError {
  return new AppError('data-invalid', `${path} is damaged: ${message}.`, {
    hint: 'Download it again. Nothing was loaded.',
    faults: [{ place: path, message }],
  });
}

function missing(names: readonly string[], why: string): AppError {
  const faults: Fault[] = names.map((place) => ({ place, message: 'no such file' }));
  return new AppError('checkpoint-missing', `The folder lacks ${listed(names)}.`, {
    hint: `${why} Nothing was loaded.`,
    faults,
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${String(names.length - 10)} more` : shown || 'nothing';
}
