import { eachPiece, type ArenaSource } from '../../core/arena-source.ts';
import { hashJson, sha256Hex } from '../../core/hash.ts';
import type { TensorEntry } from '../../core/layout.ts';
import { Sha256 } from '../../core/sha256.ts';
import { extendTokenizer } from '../../io/bpe/bpe-tokenizer-files.ts';
import { nameRows } from '../../io/bpe/name-rows.ts';
import { tokenizerVocabulary } from '../../io/bpe/tokenizer-vocabulary.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { extendVocabulary } from '../../nn/transformer/extend-vocabulary.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { parameterCount } from '../../nn/graph/parameter-table.ts';
import { openCheckpoint, type OpenedCheckpoint } from '../../rec/checkpoints/import-checkpoint.ts';
import type { SpecialTokens } from '../../rec/semantic-ids/vocabulary.ts';
import type { TokenizerArtefact } from '../results/artefacts.ts';
import type { ImportedModel } from '../experiment/experiment-types.ts';

/** A language model from files, ready to be a base: every row of its embedding has a token. */
export interface ImportedBase {
  readonly kind: 'language-model';
  readonly model: ImportedModel;
  /** Lie in the files and are read where they are needed; only rows that were added are in memory. */
  readonly parameters: ArenaSource;
  readonly tokenizer: TokenizerArtefact;
  readonly summary: LanguageSummary;
}

/** What was read of a language model, for people. */
export interface LanguageSummary {
  readonly kind: 'language-model';
  readonly architecture: 'Qwen3' | 'Llama';
  /** As in the files: without the rows that were added. */
  readonly config: ModelConfig;
  readonly parameters: number;
  /** Tokens of the tokenizer. */
  readonly tokens: number;
  /** Of the weights in the files. */
  readonly sizeBytes: number;
  /** Of their elements: `BF16`. */
  readonly types: readonly string[];
  /** Tensors that were left out: they are no part of the model. */
  readonly ignored: readonly string[];
  /** Of everything that training starts from; see `ImportedModel`. */
  readonly digest: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Rows of the text end at a multiple of it; those of ids start there. */
const ROWS_STEP = 64;

/** The digest decides the job ids, so that new rows must not depend on the experiment's seed. */
const ROWS_SEED = 0;

/**
 * Opens a checkpoint with its tokenizer and gives it the special tokens that it lacks. All rows of
 * its embedding stay, also those that belong to no token: `<unused_…>` names them. Every weight is
 * read once, for the digest and for NaN, a piece at a time; none is kept.
 * @errors as openCheckpoint; non-finite; aborted
 */
export async function importBase(
  files: readonly ByteSource[],
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<ImportedBase> {
  const { signal, onProgress } = options;
  const found = await openCheckpoint(files, { needsTokenizer: true });
  const { special, tokenizer, tokens, usedRows, rows } = withSpecialTokens(found);
  const weights: string[] = [];
  let done = 0;
  for (const entry of found.layout.entries) {
    weights.push(await tensorDigest(found.arena, entry, signal));
    done += found.bytesOf(entry.name);
    onProgress?.(done, found.weights.sizeBytes);
  }
  const { config, arena } = await extendVocabulary(
    found.config,
    found.arena,
    { usedRows, vocabSize: rows },
    ROWS_SEED,
  );
  const digest = await hashJson({ config, special, tokenizer, weights });
  const summary: LanguageSummary = {
    kind: 'language-model',
    architecture: found.config.qkNorm ? 'Qwen3' : 'Llama',
    config: found.config,
    parameters: parameterCount(found.layout),
    tokens,
    sizeBytes: found.weights.sizeBytes,
    types: found.weights.types,
    ignored: found.ignored,
    digest,
  };
  const kind = 'language-model';
  return { kind, model: { kind, digest, config, special }, parameters: arena, tokenizer, summary };
}

/**
 * What a plan must know of a checkpoint, before any weight is read: its digest, which job ids
 * depend on, is not known then.
 * @errors as openCheckpoint
 */
export async function describeImport(files: readonly ByteSource[]): Promise<ImportedModel> {
  const found = await openCheckpoint(files, { needsTokenizer: true });
  const { special, rows } = withSpecialTokens(found);
  const config = { ...found.config, vocabSize: rows };
  return { kind: 'language-model', digest: 'not-read', config, special };
}

/** Up to here a tensor is hashed as a whole: Web Crypto is several times as fast as a loop. */
const HASHED_AT_ONCE = 16 * 2 ** 20;

/** SHA-256 of a tensor's values as float32. @errors aborted, and as the arena's reads */
async function tensorDigest(
  arena: ArenaSource,
  { offset, size }: TensorEntry,
  signal: AbortSignal | undefined,
): Promise<string> {
  const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  signal?.throwIfAborted();
  if (4 * size <= HASHED_AT_ONCE) {
    const values = new Float32Array(size);
    await arena.read(offset, values);
    return sha256Hex(bytesOf(values));
  }
  const hash = new Sha256();
  await eachPiece(arena, { start: offset, length: size }, (values) => {
    signal?.throwIfAborted();
    hash.update(bytesOf(values));
  });
  return hash.hex();
}

type Described = Pick<
  OpenedCheckpoint,
  'config' | 'tokenizerJson' | 'tokenizerConfigJson' | 'configJson' | 'generationConfigJson'
>;

function withSpecialTokens({ tokenizerJson, tokenizerConfigJson, ...found }: Described) {
  const { ids, size: usedRows } = tokenizerVocabulary(tokenizerJson);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const nameOf = (role: 'pad' | 'bos' | 'eos') => {
    const declared = tokenName(tokenizerConfigJson?.[`${role}_token`]);
    if (declared !== null && ids.has(declared)) return declared;
    const byId = [found.generationConfigJson, found.configJson].map((json) =>
      names.get(tokenId(json[`${role}_token_id`]) ?? -1),
    );
    return byId.find((name) => name !== undefined) ?? `<${role}>`;
  };
  const roles = { pad: nameOf('pad'), bos: nameOf('bos'), eos: nameOf('eos') };
  const wanted = [...new Set([...Object.values(roles), '<index>', '<title>'])];
  const missing = wanted.filter((name) => !ids.has(name));
  const named = extendTokenizer(tokenizerJson, missing);
  const atLeast = Math.max(named.vocabularySize, found.config.vocabSize);
  const rows = Math.ceil(atLeast / ROWS_STEP) * ROWS_STEP;
  const tokenizer = {
    tokenizerJson: { ...nameRows(named.tokenizerJson, rows) },
    tokenizerConfigJson: {
      ...tokenizerConfigJson,
      pad_token: roles.pad,
      bos_token: roles.bos,
      eos_token: roles.eos,
    },
  };
  const added = new Map(missing.map((name, index) => [name, named.ids[index] ?? 0]));
  const idOf = (name: string) => ids.get(name) ?? added.get(name) ?? 0;
  const special: SpecialTokens = {
    pad: idOf(roles.pad),
    bos: idOf(roles.bos),
    eos: idOf(roles.eos),
    index: idOf('<index>'),
    title: idOf('<title>'),
  };
  return { special, tokenizer, tokens: ids.size, usedRows, rows };
}

/** `"</s>"` or `{ "content": "</s>", … }`; both are written. */
function tokenName(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { content } = value as JsonObject;
  return typeof content === 'string' ? content : null;
}

/** A number or a list of them: Llama 3 has several ends. */
function tokenId(value: unknown): number | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' ? first : null;
}
