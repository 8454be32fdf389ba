import type { Vocabulary } from '../../align-vocabulary.ts';
import { translateIds } from '../../folder/token-ids.ts';
import { GENERATION_FILE, type Inventory, type JsonObject } from '../checkpoint.ts';
import { NO_TOKENIZER, TOKENIZER_FILE } from './open-tokenizer.ts';
import type { PlannedVocabulary } from '../plan-vocabulary.ts';
import { inputRows } from '../tensor-names.ts';

/** The tokens of a result, and what its settings call them. */
export interface ResultTokens {
  /** Model whose tokenizer files the result takes. */
  readonly tokenizerOf: string;
  /** Null where it is not known. */
  readonly vocabulary: Vocabulary | null;
  /** Rows of the embedding, where the tokenizer has tokens beyond: they go. */
  readonly cutTo: number | null;
  /** The primary model's, with token numbers of the result. */
  readonly config: JsonObject | null;
  readonly generationConfig: JsonObject | null;
}

interface Result {
  readonly primary: Inventory;
  readonly inputs: ReadonlyMap<string, Inventory>;
  readonly planned: PlannedVocabulary | null;
  /** Of the embedding. */
  readonly rows: number | null;
}

/** Plans tokenizer and token numbers of a result from the rows that it has. */
export function planTokens(
  { primary, inputs, planned, rows }: Result,
  faults: { add(place: string, message: string): void },
  notes: { add(place: string, message: string): void },
): ResultTokens {
  const tokenizerOf = planned?.tokenizerOf ?? primary.reference;
  const { vocabulary: own, needed, ...found } = inputs.get(tokenizerOf)?.tokenizer ?? NO_TOKENIZER;
  if (planned === null && found.fault !== null) {
    const list = found.isDamaged ? faults : notes;
    const what = found.isDamaged ? '' : 'copied without being understood: ';
    list.add(TOKENIZER_FILE, `${primary.reference}: ${what}${found.fault}`);
  }
  const [form] = found.otherForms;
  const before = inputRowsOf(primary);
  if (planned === null && form !== undefined && rows !== null && before > rows) {
    const what = `copied as it is: its tokens from ${rows} to ${before - 1} have no row any more.`;
    notes.add(form, `${primary.reference}: ${what}`);
  }
  const beyond =
    planned !== null || rows === null ? [] : [...(own ?? [])].filter(([, id]) => id >= rows);
  const cutTo = beyond.length > 0 ? rows : null;
  const lost = new Set(beyond.map(([token]) => token));
  if (cutTo !== null) {
    const what = `${count(lost.size, 'token')} of ${tokenizerOf} from row ${cutTo} on`;
    const needs = [...lost].filter((token) => needed.has(token));
    if (needs.length > 0) {
      const message = `${what} have no row, but the tokenizer needs ${quoted(needs)}. tokenizer_source: union keeps them.`;
      faults.add(TOKENIZER_FILE, message);
    }
    const message = `${what} have no row any more and are left out: ${quoted([...lost])}. tokenizer_source: union keeps them.`;
    notes.add(TOKENIZER_FILE, message);
  }
  const kept =
    cutTo === null ? own : new Map([...(own ?? [])].filter(([token]) => !lost.has(token)));
  const vocabulary = planned?.output ?? kept;
  const giver = inputs.get(tokenizerOf);
  const isOther = tokenizerOf !== primary.reference;
  const translate = (json: JsonObject | null, file: string, instead: JsonObject | null) => {
    if (json === null) return null;
    const { json: translated, changes } = translateIds(json, {
      from: planned?.vocabularies.get(primary.reference) ?? primary.tokenizer.vocabulary,
      to: vocabulary,
      rows: planned?.rows ?? rows ?? Number.POSITIVE_INFINITY,
      instead: isOther ? instead : null,
    });
    for (const change of changes) notes.add(file, change);
    return translated;
  };
  const { config = null, generationConfig = null } = giver ?? {};
  return {
    ...{ tokenizerOf, vocabulary, cutTo },
    config: translate(primary.config, 'config.json', config),
    generationConfig: translate(primary.generationConfig, GENERATION_FILE, {
      ...config,
      ...generationConfig,
    }),
  };
}

function count(items: number, what: string): string {
  return `${items} ${what}${items === 1 ? '' : 's'}`;
}

function quoted(tokens: readonly string[]): string {
  const shown = tokens.slice(0, 5).map((token) => JSON.stringify(token));
  const more = tokens.length > 5 ? ` and ${tokens.length - 5} more` : '';
  return `${shown.join(', ')}${more}`;
}

function inputRowsOf({ tensors }: Inventory): number {
  return tensors.get(inputRows(tensors.keys()) ?? '')?.shape[0] ?? 0;
}
