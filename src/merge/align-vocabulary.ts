import { AppError } from '../core/errors.ts';
import { meanOfRows, paddingRow, rowMap, type RowMap } from './row-map.ts';

/** Token → row of an embedding matrix. */
export type Vocabulary = ReadonlyMap<string, number>;

/** The largest row; −1 without tokens. Vocabularies are longer than a call has arguments. */
export function lastRow(vocabulary: Vocabulary): number {
  let last = -1;
  for (const row of vocabulary.values()) last = Math.max(last, row);
  return last;
}

/** Where an output token's row comes from in models that lack the token. */
export type TokenSource =
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'model_token'; readonly model: string; readonly row: number }
  | { readonly kind: 'model_token'; readonly model: string; readonly token: string }
  | { readonly kind: 'zero' };

/** What a recipe says of one output token. */
export interface TokenRule {
  readonly source: TokenSource;
  /** True: the source's row also replaces the row of models that have the token. */
  readonly force?: boolean;
}

/** How the embeddings of several models are brought to one vocabulary. */
export interface AlignmentRequest {
  /** Output token → output row; rows 0…n−1, each once. */
  readonly output: Vocabulary;
  /** Vocabulary of each model, in the order of the models. */
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Model whose row stands for a token that another model lacks. */
  readonly base: string | null;
  readonly tokens?: ReadonlyMap<string, TokenRule>;
  /** Output rows are padded to a multiple of this with the mean of the model's real rows. */
  readonly padToMultipleOf?: number | null;
}

/** One embedding matrix, row-major. */
export interface Embedding {
  readonly values: Float32Array<ArrayBuffer>;
  readonly width: number;
}

/** The mean of these rows; no row at all means zeros. */
type Fill = readonly { readonly model: string; readonly row: number }[];

/** Which vocabulary a merge has: of all models together, of the base, or of one model. */
export type VocabularySource = 'union' | 'base' | { readonly model: string };

/**
 * The output vocabulary. A union keeps the rows of the base (without one: of the first model) and
 * appends what each further model adds, by its row.
 * @errors invalid-argument when the base or the model is not there
 */
export function outputVocabulary(
  source: VocabularySource,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  base: string | null,
): Vocabulary {
  if (source !== 'union') {
    const name = source === 'base' ? base : source.model;
    const found = name === null ? undefined : vocabularies.get(name);
    if (found !== undefined) return found;
    throw invalid(name === null ? 'There is no base model.' : `There is no model "${name}".`, [
      { place: 'tokenizer.source', message: 'Must be union, base or one of the models.' },
    ]);
  }
  const first = base ?? [...vocabularies.keys()][0] ?? '';
  const union = new Map(vocabularies.get(first));
  let next = lastRow(union) + 1;
  for (const vocabulary of vocabularies.values()) {
    for (const [token] of [...vocabulary].sort((a, b) => a[1] - b[1])) {
      if (!union.has(token)) union.set(token, next++);
    }
  }
  return union;
}

/** Rows and columns of a matrix. */
export interface TableSize {
  readonly rows: number;
  readonly width: number;
}

/** What the rows of every model are in one vocabulary. */
export interface AlignedRows {
  /** Models in the order of the tables' numbers. */
  readonly tables: readonly string[];
  readonly maps: ReadonlyMap<string, RowMap>;
  readonly width: number;
  /** Padding included. */
  readonly rows: number;
}

/**
 * Finds the rows of every model in the output vocabulary. A token that a model lacks gets the row
 * its rule names, else the base's, else the only owner's, else the mean of the owners'. `kind: zero`
 * gives zeros (mergekit documents it, but stops); a token that no model has and no rule names is an
 * error.
 * @errors invalid-argument (unknown model or token, rows that no matrix has, bad padding),
 *         shape-mismatch (widths differ); every fault is listed with its place
 * @source mergekit 0.1.4 `tokenizer/embed.py`
 */
export function alignRows(
  request: AlignmentRequest,
  sizes: ReadonlyMap<string, TableSize>,
): AlignedRows {
  const width = checkRequest(request, sizes);
  const { output, vocabularies, tokens } = request;
  const tables = [...new Set([...vocabularies.keys(), ...sizes.keys()])];
  const numbers = new Map(tables.map((model, number) => [model, number]));
  const pick = ({ model, row }: Fill[number]) => ({ table: numbers.get(model) ?? 0, row });
  const ordered = [...output].sort((a, b) => a[1] - b[1]).map(([token]) => token);
  const fills = ordered.map((token) => fillOf(request, token).map(pick));
  const isForced = ordered.map((token) => tokens?.get(token)?.force === true);
  const maps = new Map<string, RowMap>();
  for (const [model, vocabulary] of vocabularies) {
    const picks = ordered.map((token, row) => {
      const own = vocabulary.get(token);
      const isOwn = own !== undefined && isForced[row] !== true;
      return isOwn ? [pick({ model, row: own })] : (fills[row] ?? []);
    });
    maps.set(model, rowMap(picks));
  }
  const step = request.padToMultipleOf ?? 1;
  return { tables, maps, width, rows: Math.ceil(output.size / step) * step };
}

/**
 * Re-indexes the embedding of every model to the output vocabulary, as `alignRows` says. Means are
 * added in float64, in the order of the models; those of the padding in blocks of rows.
 * @errors as alignRows
 */
export function alignEmbeddings(
  request: AlignmentRequest,
  embeddings: ReadonlyMap<string, Embedding>,
): Map<string, Float32Array<ArrayBuffer>> {
  const sizes = [...embeddings].map(([model, { values, width }]): [string, TableSize] => [
    model,
    { rows: values.length / width, width },
  ]);
  const { tables, maps, width, rows } = alignRows(request, new Map(sizes));
  const matrices = tables.map((model) => embeddings.get(model)?.values ?? new Float32Array());
  const aligned = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [model, { ends, ...picks }] of maps) {
    const values = new Float32Array(rows * width);
    let at = 0;
    ends.forEach((end, row) => {
      const sources: Float32Array<ArrayBuffer>[] = [];
      for (; at < end; at++) {
        const from = (picks.rows[at] ?? 0) * width;
        const matrix = matrices[picks.tables[at] ?? 0] ?? new Float32Array();
        sources.push(matrix.subarray(from, from + width));
      }
      values.set(meanOfRows(sources, width), row * width);
    });
    if (rows > ends.length) {
      const padding = paddingRow(values, ends.length, width);
      for (let row = ends.length; row < rows; row++) values.set(padding, row * width);
    }
    aligned.set(model, values);
  }
  return aligned;
}

function fillOf(request: AlignmentRequest, token: string): Fill {
  const { vocabularies, base, tokens } = request;
  const rule = tokens?.get(token);
  if (rule !== undefined) return ruleRows(request, token, rule.source);
  const owners = [...vocabularies].flatMap(([model, vocabulary]) => {
    const row = vocabulary.get(token);
    return row === undefined ? [] : [{ model, row }];
  });
  const own = owners.filter(({ model }) => model === base);
  return own.length > 0 ? own : owners;
}

/** The row that a rule names; undefined where the model lacks its token. */
function sourceRow(
  { vocabularies }: AlignmentRequest,
  token: string,
  source: Exclude<TokenSource, { kind: 'zero' }>,
): number | undefined {
  const vocabulary = vocabularies.get(source.model);
  if (source.kind === 'model') return vocabulary?.get(token);
  return 'row' in source ? source.row : vocabulary?.get(source.token);
}

function ruleRows(request: AlignmentRequest, token: string, source: TokenSource): Fill {
  if (source.kind === 'zero') return [];
  const row = sourceRow(request, token, source);
  return row === undefined ? [] : [{ model: source.model, row }];
}

interface Fault {
  readonly place: string;
  readonly message: string;
}

/** @returns the width of all embeddings */
function checkRequest(
  request: AlignmentRequest,
  embeddings: ReadonlyMap<string, TableSize>,
): number {
  const { output, vocabularies, base, tokens, padToMultipleOf: step } = request;
  const faults: Fault[] = [];
  if (step !== undefined && step !== null && !(Number.isInteger(step) && step > 0)) {
    faults.push({ place: 'pad_to_multiple_of', message: 'Must be a whole number above 0.' });
  }
  if (base !== null && !vocabularies.has(base)) {
    faults.push({ place: 'base_model', message: `"${base}" is none of the models.` });
  }
  const rows = [...output.values()].sort((a, b) => a - b);
  if (rows.some((row, index) => row !== index)) {
    faults.push({ place: 'vocabulary', message: 'Its rows must be 0, 1, 2, … with none twice.' });
  }
  faults.push(...[...vocabularies].flatMap(([model, own]) => modelFaults(model, own, embeddings)));
  for (const [token, rule] of tokens ?? []) {
    const message = ruleFault(request, embeddings, token, rule.source);
    if (message !== null) faults.push({ place: `tokens.${token}`, message });
  }
  for (const [token] of output) {
    const isKnown = [...vocabularies.values()].some((vocabulary) => vocabulary.has(token));
    if (isKnown || tokens?.has(token) === true) continue;
    faults.push({ place: `token "${token}"`, message: 'No model has it; give it a source.' });
  }
  if (faults.length > 0) throw invalid('The vocabularies cannot be aligned.', faults);
  const widths = new Set([...embeddings.values()].map((embedding) => embedding.width));
  const [width] = widths;
  if (widths.size === 1 && width !== undefined) return width;
  throw new AppError('shape-mismatch', 'The embeddings of the models have different widths.', {
    hint: 'Only models of the same width can be merged.',
    faults: [...embeddings].map(([model, embedding]) => ({
      place: `model "${model}"`,
      message: `${embedding.width} columns.`,
    })),
  });
}

function modelFaults(
  model: string,
  vocabulary: Vocabulary,
  embeddings: ReadonlyMap<string, TableSize>,
): Fault[] {
  const place = `model "${model}"`;
  const embedding = embeddings.get(model);
  if (embedding === undefined) return [{ place, message: 'Its embedding is missing.' }];
  const { rows } = embedding;
  const beyond = [...vocabulary].filter(([, row]) => !(row >= 0 && row < rows));
  if (beyond.length === 0) return [];
  const [token, row] = beyond[0] ?? ['', 0];
  const message = `${beyond.length} tokens lie beyond its ${rows} rows: "${token}" at ${row}.`;
  return [{ place, message }];
}

function ruleFault(
  request: AlignmentRequest,
  embeddings: ReadonlyMap<string, TableSize>,
  token: string,
  source: TokenSource,
): string | null {
  if (!request.output.has(token)) return 'The output vocabulary has no such token.';
  if (source.kind === 'zero') return null;
  const embedding = embeddings.get(source.model);
  if (embedding === undefined) return `There is no model "${source.model}".`;
  const row = sourceRow(request, token, source);
  if (row === undefined) return `Model "${source.model}" has no such token.`;
  const { rows } = embedding;
  const isRow = Number.isInteger(row) && row >= 0 && row < rows;
  return isRow ? null : `Model "${source.model}" has no row ${row}; it has ${rows}.`;
}

function invalid(message: string, faults: readonly Fault[]): AppError {
  const [first] = faults;
  const where = first === undefined ? '' : ` ${first.place}: ${first.message}`;
  return new AppError('invalid-argument', `${message}${where}`, {
    hint: 'Nothing was merged. Correct the tokenizer part of the recipe.',
    faults,
  });
}
