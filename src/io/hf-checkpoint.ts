import { arenaSource, type Arena } from '../core/arena-source.ts';
import { AppError } from '../core/errors.ts';
import type { ParameterLayout } from '../core/layout.ts';
import { parsePythonJson } from './python-json.ts';
import { readSafetensors } from './safetensors.ts';
import { safetensorsPieces, writeSafetensors } from './safetensors-write.ts';
import type { NamedTensor } from './safetensors-write.ts';

/** One file of a checkpoint folder; the path is relative to the folder. */
export interface FolderFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const WEIGHTS = 'model.safetensors';

type JsonObject = Readonly<Record<string, unknown>>;

/** Everything that goes into a Hugging Face-layout folder. */
export interface CheckpointFolder {
  readonly layout: ParameterLayout;
  readonly arena: Float32Array;
  readonly configJson: JsonObject;
  readonly generationConfigJson: JsonObject;
  readonly tokenizerJson: JsonObject;
  readonly tokenizerConfigJson: JsonObject;
  /** null where the model has no items of its own (a base, a merge over domains). */
  readonly semanticIdsJson: JsonObject | null;
  readonly mmgridJson: JsonObject;
  /** Markdown of the model card. */
  readonly readme: string;
}

/**
 * The files of a checkpoint folder that Transformers and mergekit open. Weights only: optimizer
 * state never shares a file with them. The same input gives the same bytes.
 * @errors layout-mismatch when arena and layout disagree
 */
export function writeCheckpointFolder(folder: CheckpointFolder): readonly FolderFile[] {
  const tensors = tensorsOf(folder.layout, folder.arena);
  return [{ path: WEIGHTS, bytes: writeSafetensors(tensors) }, ...describingFiles(folder)];
}

/**
 * The same files of an arena that may have to be read: the weights come in pieces, each under the
 * file's name, one after the other.
 * @errors layout-mismatch, and as the arena's reads
 */
export async function* checkpointFolderPieces({
  arena,
  ...folder
}: Omit<CheckpointFolder, 'arena'> & { readonly arena: Arena }): AsyncGenerator<FolderFile> {
  checkLength(folder.layout, arena);
  for await (const bytes of safetensorsPieces(folder.layout, arenaSource(arena))) {
    yield { path: WEIGHTS, bytes };
  }
  yield* describingFiles(folder);
}

function describingFiles(folder: Omit<CheckpointFolder, 'arena' | 'layout'>): FolderFile[] {
  return [
    jsonFile('config.json', folder.configJson),
    jsonFile('generation_config.json', folder.generationConfigJson),
    jsonFile('tokenizer.json', folder.tokenizerJson),
    jsonFile('tokenizer_config.json', folder.tokenizerConfigJson),
    ...(folder.semanticIdsJson === null
      ? []
      : [jsonFile('semantic_ids.json', folder.semanticIdsJson)]),
    jsonFile('mmgrid.json', folder.mmgridJson),
    textFile('README.md', folder.readme),
  ];
}

/** The tensors of an arena, to be written. @errors layout-mismatch when the two disagree */
export function tensorsOf(layout: ParameterLayout, arena: Float32Array): NamedTensor[] {
  checkLength(layout, arena);
  return layout.entries.map(({ name, shape, offset, size }) => ({
    name,
    shape,
    data: arena.subarray(offset, offset + size),
  }));
}

function checkLength(layout: ParameterLayout, { length }: { readonly length: number }): void {
  if (length === layout.length) return;
  throw new AppError(
    'layout-mismatch',
    `${String(length)} parameters for a layout of ${String(layout.length)}.`,
  );
}

export function jsonFile(path: string, value: JsonObject): FolderFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

export function textFile(path: string, text: string): FolderFile {
  return { path, bytes: new TextEncoder().encode(text) };
}

export interface FolderTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Reads `config.json` and all weights of a checkpoint folder, sharded or not; optimizer files
 * are left alone. What the configuration means is for the caller to check.
 * @errors checkpoint-missing when config or weights are absent, data-invalid for a bad config,
 *   safetensors-invalid for bad weights, an unsupported type or a tensor in two files
 */
export function readCheckpointFolder(files: readonly FolderFile[]): {
  readonly config: JsonObject;
  readonly tensors: ReadonlyMap<string, FolderTensor>;
} {
  const config = files.find(({ path }) => baseName(path) === 'config.json');
  const weights = files.filter(
    ({ path }) => path.endsWith('.safetensors') && !baseName(path).startsWith('optimizer'),
  );
  const missing = [
    ...(config === undefined ? ['config.json'] : []),
    ...(weights.length === 0 ? ['model.safetensors'] : []),
  ];
  if (config === undefined || missing.length > 0) {
    throw new AppError('checkpoint-missing', `The folder lacks ${missing.join(' and ')}.`, {
      hint: `It has: ${files.map(({ path }) => path).join(', ')}. Nothing was loaded.`,
      faults: missing.map((place) => ({ place, message: 'no such file' })),
    });
  }
  const tensors = new Map<string, FolderTensor>();
  for (const { path, bytes } of weights) {
    const file = readSafetensors(bytes, path);
    for (const { name, shape } of file.tensors.values()) {
      if (tensors.has(name)) {
        throw new AppError('safetensors-invalid', `${path}: tensor "${name}" is in two files.`, {
          hint: 'Give one checkpoint only. Nothing was loaded.',
          faults: [{ place: `${path}: tensor "${name}"`, message: 'in two files' }],
        });
      }
      tensors.set(name, { shape, data: file.floats(name) });
    }
  }
  return { config: parseConfig(config), tensors };
}

function parseConfig({ path, bytes }: FolderFile): JsonObject {
  let value: unknown = null;
  try {
    value = parsePythonJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badConfig(path, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badConfig(path);
  return value as JsonObject;
}

function badConfig(path: string, cause?: unknown): AppError {
  return new AppError('data-invalid', `${path} is no JSON object.`, {
    hint: 'Nothing was loaded. Download or export the checkpoint again.',
    faults: [{ place: path, message: cause instanceof Error ? cause.message : 'no object' }],
  });
}

function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}
