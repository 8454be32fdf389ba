import { elementCount } from '../../../src/core/layout.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { jsonBytes, safetensorsBytes, type FloatType, type Folder } from './tiny-checkpoint.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What differs from the plain model; null leaves a file or a key out. */
export interface FieldModelChanges {
  readonly dtype?: FloatType;
  /** Tensors to add, by shape; null takes one away. */
  readonly tensors?: Readonly<Record<string, readonly number[] | null>>;
  /** Keys of config.json to add or, with undefined, to leave out; null: no config.json. */
  readonly config?: JsonObject | null;
  /** Tokens in the order of their ids, or a whole tokenizer.json; null: none. */
  readonly tokenizer?: readonly string[] | JsonObject | null;
  /** tokenizer_config.json; null: none. */
  readonly tokenizerConfig?: JsonObject | null;
  /** Further files, JSON where they are no bytes. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly change?: (name: string, values: Float32Array) => void;
}

export const EMBED = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';

/**
 * A small model whose rows tell where they come from: row r of the embedding holds 100 · seed + r,
 * the head 50 more. Two layers, a norm, and a tokenizer of the words t0, t1, …
 */
export function fieldModel(seed: number, rows: number, changes: FieldModelChanges = {}): Folder {
  const { dtype = 'F32', config = {}, tokenizer, tokenizerConfig = {} } = changes;
  const shapes: Record<string, readonly number[] | null> = {
    [EMBED]: [rows, 4],
    [HEAD]: [rows, 4],
    'model.norm.weight': [4],
    'model.layers.0.mlp.up_proj.weight': [8, 4],
    'model.layers.1.mlp.up_proj.weight': [8, 4],
    ...changes.tensors,
  };
  const tensors = Object.entries(shapes).flatMap(([name, shape]) => {
    if (shape === null) return [];
    const values = valuesOf(seed, name, shape);
    changes.change?.(name, values);
    return [[name, { shape, dtype, bytes: encodeFloats(values, dtype) }] as const];
  });
  const folder: Folder = new Map([['model.safetensors', safetensorsBytes(new Map(tensors))]]);
  if (config !== null) {
    const plain = { model_type: 'llama', num_hidden_layers: 2, vocab_size: rows };
    folder.set('config.json', jsonBytes({ ...plain, tie_word_embeddings: false, ...config }));
  }
  const words = tokenizer ?? (tokenizer === null ? null : wordsTo(rows));
  if (words !== null) folder.set('tokenizer.json', jsonBytes(tokenizerJson(words)));
  if (tokenizerConfig !== null) folder.set('tokenizer_config.json', jsonBytes(tokenizerConfig));
  for (const [name, value] of Object.entries(changes.files ?? {})) {
    folder.set(name, value instanceof Uint8Array ? value.slice() : jsonBytes(value));
  }
  return folder;
}

/** t0 … */
export function wordsTo(count: number): string[] {
  return Array.from({ length: count }, (_, id) => `t${String(id)}`);
}

/** A WordLevel tokenizer of tokens in the order of their ids, or of tokens with their ids. */
export function wordLevel(vocab: JsonObject, added: readonly JsonObject[] = []): JsonObject {
  return {
    version: '1.0',
    added_tokens: added,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
  };
}

function tokenizerJson(words: readonly string[] | JsonObject): JsonObject {
  if (!Array.isArray(words)) return words as JsonObject;
  return wordLevel(Object.fromEntries(words.map((word: string, id) => [word, id])));
}

function valuesOf(seed: number, name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(elementCount(shape));
  const [rows = 1] = shape;
  const width = values.length / rows;
  const isTable = name === EMBED || name === HEAD;
  return values.map((_, index) =>
    isTable ? 100 * seed + Math.floor(index / width) + (name === HEAD ? 50 : 0) : seed,
  );
}

/** The recipe that averages models: weight 0.5 each, float32. */
export function linear(models: readonly string[], rest = ''): string {
  const listed = models.map((model) => `{ model: ${model}, parameters: { weight: 0.5 } }`);
  return `merge_method: linear\nmodels: [${listed.join(', ')}]\ndtype: float32\n${rest}\n`;
}

export function jsonOf(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, path: string): unknown {
  const bytes = files.get(path);
  return bytes === undefined ? null : JSON.parse(new TextDecoder().decode(bytes));
}
