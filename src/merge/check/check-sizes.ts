import { elementCount } from '../../core/layout.ts';
import type { Checkpoint, TensorFacts } from '../stream/checkpoint.ts';
import { inputRows, isHead, stacksOf } from '../stream/tensor-names.ts';
import { knowsHead, tokenTable } from '../stream/tokens/token-table.ts';
import {
  languageParts,
  saidLayers,
  saidRows,
  saidTypes,
  saysLayers,
  type JsonObject,
} from '../folder/language-config.ts';

type Tensors = ReadonlyMap<string, TensorFacts>;

export interface Findings {
  add(place: string, message: string): void;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['float32', 'F32'],
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
  ['float64', 'F64'],
]);
const CONFIG = 'config.json';

/** Rows that the tables of tokens have; null where there is none, or where they differ. */
export function checkTables(tensors: Tensors, config: JsonObject, faults: Findings): number | null {
  const tables = [...tensors.keys()].flatMap((name) => {
    const table = tokenTable({ tensors }, name);
    return table === null ? [] : [{ name, rows: table.rows }];
  });
  const [first, ...others] = tables;
  if (first === undefined) return null;
  for (const { name, rows } of others) {
    if (rows === first.rows) continue;
    faults.add(`tensor "${name}"`, `has ${rows} rows, "${first.name}" ${first.rows}`);
  }
  const said = saidRows(config);
  for (const { key, value } of said) {
    if (value !== first.rows) {
      faults.add(CONFIG, `${key} is ${String(value)}, "${first.name}" has ${first.rows} rows`);
    }
  }
  if (said.length === 0) {
    faults.add(CONFIG, `says no vocab_size, "${first.name}" has ${first.rows} rows`);
  }
  return others.every(({ rows }) => rows === first.rows) ? first.rows : null;
}

/** Whether the head is the embedding: config.json has to say so, and the files to agree. */
export function checkHead(
  { tensors, head: facts }: Checkpoint,
  config: JsonObject,
  faults: Findings,
): void {
  if (!knowsHead({ tensors })) return;
  const head = [...tensors.keys()].find(isHead);
  const parts = languageParts(config).map((part) => part['tie_word_embeddings']);
  const said = parts.filter((value) => typeof value === 'boolean');
  const what = head === undefined ? 'there is no head' : `there is a head, "${head}"`;
  if (said.length === 0) {
    faults.add(CONFIG, `does not say tie_word_embeddings, and ${what}`);
  }
  for (const isTied of new Set(said)) {
    // A tied head may be saved again.
    const isRight = isTied ? head === undefined || !facts.isTiedInVain : head !== undefined;
    if (!isRight) faults.add(CONFIG, `tie_word_embeddings is ${String(isTied)}, but ${what}`);
  }
}

/** Layers: as many as config.json says, none missing in between. */
export function checkLayers(tensors: Tensors, config: JsonObject, faults: Findings): void {
  const stacks = stacksOf(tensors.keys());
  const said = saidLayers(config);
  if (stacks.size === 0) return;
  const shown = [...stacks].map(([stack, layers]) => `"${stack}" has ${layers}`).join(', ');
  const isSaid = [...stacks.values()].some((layers) => saysLayers(config, layers));
  for (const { key, value } of isSaid ? [] : said) {
    faults.add(CONFIG, `${key} is ${String(value)}, but ${shown}`);
  }
  const hasTokens = inputRows(tensors.keys()) !== null;
  if (said.length === 0 && hasTokens) faults.add(CONFIG, `says no num_hidden_layers, ${shown}`);
  for (const [stack, layers] of stacks) {
    // What other models number need not be layers.
    if (!saysLayers(config, layers)) continue;
    const names = [...tensors.keys()];
    for (let layer = 0; layer < layers; layer++) {
      if (names.some((name) => name.startsWith(`${stack}.${layer}.`))) continue;
      faults.add(`tensors "${stack}.${layer}.…"`, `are missing between others of ${layers} layers`);
    }
  }
  for (const part of languageParts(config)) {
    const types = part['layer_types'];
    const layers = saidLayers(part)[0]?.value;
    if (Array.isArray(types) && typeof layers === 'number' && types.length !== layers) {
      faults.add(CONFIG, `layer_types has ${types.length} entries for ${layers} layers`);
    }
  }
}

/** The type that config.json says: one that the weights have. */
export function checkTypes(tensors: Tensors, config: JsonObject, faults: Findings): void {
  const types = new Set(
    [...tensors.values()]
      .filter(({ shape }) => elementCount(shape) > 0)
      .map(({ dtype }) => dtype)
      .filter((dtype) => [...TYPES.values()].includes(dtype)),
  );
  for (const { key, value } of saidTypes(config)) {
    const type = TYPES.get(String(value));
    if (types.size === 0 || (type !== undefined && types.has(type))) continue;
    faults.add(CONFIG, `${key} is ${String(value)}, the weights are ${[...types].join(', ')}`);
  }
}
