import {
  isObject,
  languageParts,
  saysTied,
  type JsonObject,
} from '../../folder/language-config.ts';
import type { Vocabulary } from '../../align-vocabulary.ts';
import type { Inventory } from '../checkpoint.ts';
import { inputRows } from '../tensor-names.ts';

/** Stands for the base of the rotary angles, wherever a configuration says it. */
const ROTARY_BASE = 'rope_theta';

/** What has to be equal for the numbers of two models to mean the same; shapes are seen elsewhere. */
const KEYS = [
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  'hidden_act',
  'rms_norm_eps',
  ROTARY_BASE,
  'rope_scaling',
  'rope_parameters',
  'partial_rotary_factor',
  'sliding_window',
];

interface Notes {
  add(place: string, message: string): void;
}

/**
 * Notes what of the models differs without standing against a merge: kinds and settings, and
 * tokens, where rows are merged by their number.
 * @param rows of the result where no vocabulary is planned, else null
 */
export function noteDifferences(
  primary: Inventory,
  inputs: ReadonlyMap<string, Inventory>,
  rows: number | null,
  notes: Notes,
): void {
  for (const other of inputs.values()) {
    if (other === primary) continue;
    noteSettings(primary, other, notes);
    if (rows !== null) noteTokens(primary, other, rows, notes);
  }
  noteSpellings([...inputs.keys()], notes);
  const isTied = ![...inputs.values()].some(({ head }) => head.hasOwnHead);
  for (const input of inputs.values()) noteHead(input, isTied, notes);
}

function noteSettings(primary: Inventory, other: Inventory, notes: Notes): void {
  const said = (key: string) => [valueOf(primary, key), valueOf(other, key)];
  const [own, kind] = said('model_type');
  if (own !== kind && own !== undefined && kind !== undefined) {
    const message =
      `${other.reference} is ${JSON.stringify(kind)}, ${primary.reference} ${JSON.stringify(own)}: ` +
      `the result is ${JSON.stringify(own)}. mergekit asks for --allow-crimes here.`;
    notes.add('config.json', message);
  }
  const differing = KEYS.filter((key) => {
    const [a, b] = said(key).map((value) => JSON.stringify(value));
    return a !== undefined && b !== undefined && a !== b;
  });
  if (differing.length === 0) return;
  const what = differing.map((key) => {
    const [a, b] = said(key).map((value) => JSON.stringify(value));
    return `${key} ${String(a)} and ${String(b)}`;
  });
  const names = `${primary.reference} and ${other.reference}`;
  notes.add('config.json', `${names} differ (${what.join(', ')}): the former's values stay.`);
}

/** The value of the innermost part that has one. */
function valueOf({ config }: Inventory, key: string): unknown {
  const parts = config === null ? [] : languageParts(config);
  const values = parts.map((part) => (key === ROTARY_BASE ? rotaryBase(part) : part[key]));
  return values.findLast((value) => value !== undefined && value !== null);
}

/** Programs of different age write it to different places; in its own table it counts first. */
function rotaryBase(part: JsonObject): unknown {
  const tables = ['rope_scaling', 'rope_parameters'].map((key) => part[key]).filter(isObject);
  const table = tables.find((one) => Object.keys(one).length > 0);
  return table?.[ROTARY_BASE] ?? part[ROTARY_BASE];
}

function noteTokens(primary: Inventory, other: Inventory, rows: number, notes: Notes): void {
  const own = primary.tokenizer.vocabulary;
  const theirs = other.tokenizer.vocabulary;
  if (own === null || theirs === null || own === theirs) return;
  const texts = textsOf(theirs);
  let first = '';
  let differing = 0;
  for (const [text, id] of own) {
    const their = texts.get(id);
    if (id >= rows || their === undefined || their === text) continue;
    first ||= `row ${id} is ${JSON.stringify(text)} and ${JSON.stringify(their)}`;
    differing += 1;
  }
  if (differing === 0) return;
  const what = `${differing} row${differing === 1 ? ' is' : 's are'} other tokens`;
  const names = `in ${primary.reference} and ${other.reference}`;
  const message = `${what} ${names}: ${first}. Rows are merged by number; tokenizer_source aligns tokens.`;
  notes.add('tokenizer.json', message);
}

function textsOf(vocabulary: Vocabulary): ReadonlyMap<number, string> {
  return new Map([...vocabulary].map(([text, id]) => [id, text]));
}

/** One folder under two names is two models, for mergekit too; whoever wrote it may not know. */
function noteSpellings(references: readonly string[], notes: Notes): void {
  const firstOf = new Map<string, string>();
  for (const reference of references) {
    const path = pathOf(reference);
    const first = firstOf.get(path);
    if (first === undefined) firstOf.set(path, reference);
    else {
      const message = `${first} and ${reference} are one and count as two models, as in mergekit.`;
      notes.add('models', message);
    }
  }
}

/** A path without what does not change where it leads. */
function pathOf(reference: string): string {
  const parts = reference.split('/');
  const isKept = (part: string, at: number) => part !== '.' && (part !== '' || at === 0);
  return parts.filter(isKept).join('/');
}

/** What config.json says of the head, where the files say otherwise. */
function noteHead(
  { reference, head, config, tensors }: Inventory,
  isTied: boolean,
  notes: Notes,
): void {
  if (head.isTiedInVain) {
    const then = isTied ? 'is left out, as Transformers 4 does' : 'is taken, as mergekit does';
    const message = `config.json of ${reference} ties the head to the embedding, but the files hold another: it ${then}.`;
    notes.add('config.json', message);
  }
  if (head.hasOwnHead || head.isTiedInVain || inputRows(tensors.keys()) === null) return;
  if (saysTied(config) === false) {
    const message = `${reference} says that it has a head of its own, but has none: its embedding stands in.`;
    notes.add('config.json', message);
  } else if (!isTied) {
    const message = `The head of ${reference} is its embedding; the result has a head of its own.`;
    notes.add('config.json', message);
  }
}
