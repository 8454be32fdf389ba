import { parseArgs } from 'node:util';

/** What one run of the recipe trains on and how. */
export interface RecipeTask {
  readonly data: string;
  readonly domain: string;
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly positionsPerBatch: number;
  /** Rows a batch instead; null: as many as the positions hold. */
  readonly rowsPerBatch: number | null;
  /** Of embeddings, attention and residuals alike. */
  readonly dropout: number;
  readonly beam: number;
  readonly prefixVectors: boolean;
  readonly trieLoss: boolean;
  /** What the ids' text features read. */
  readonly text: 'titles' | 'descriptions';
  /** Train before the last stage and test in it, so that the test stays unread. */
  readonly isValidation: boolean;
}

export const USAGE = `--data FOLDER  [--domain Office_Products] [--seeds 1,2,3] [--epochs 7]
  [--positions 512] [--rows N] [--dropout 0] [--beam 32] [--no-prefixes] [--no-trie]
  [--text titles|descriptions] [--validation]`;

/** @throws Error for what cannot be read */
export function readTask(words: readonly string[]): RecipeTask {
  const { values } = parseArgs({
    args: [...words],
    options: {
      data: { type: 'string' },
      domain: { type: 'string', default: 'Office_Products' },
      seeds: { type: 'string', default: '1' },
      epochs: { type: 'string', default: '7' },
      positions: { type: 'string', default: '512' },
      rows: { type: 'string' },
      dropout: { type: 'string', default: '0' },
      beam: { type: 'string', default: '32' },
      text: { type: 'string', default: 'descriptions' },
      'no-prefixes': { type: 'boolean', default: false },
      'no-trie': { type: 'boolean', default: false },
      validation: { type: 'boolean', default: false },
    },
  });
  const { data, text } = values;
  if (data === undefined) throw new Error(`Missing: --data.\n${USAGE}`);
  if (text !== 'titles' && text !== 'descriptions') throw new Error(`--text ${text}?\n${USAGE}`);
  return {
    data,
    text,
    domain: values.domain,
    seeds: values.seeds.split(',').map((seed) => count('seeds', seed)),
    epochs: count('epochs', values.epochs),
    positionsPerBatch: count('positions', values.positions),
    rowsPerBatch: values.rows === undefined ? null : count('rows', values.rows),
    dropout: rate(values.dropout),
    beam: count('beam', values.beam),
    prefixVectors: !values['no-prefixes'],
    trieLoss: !values['no-trie'],
    isValidation: values.validation,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} takes whole numbers from 1 on, not "${text}".\n${USAGE}`);
}

function rate(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value < 1) return value;
  throw new Error(`--dropout takes a number from 0 to below 1, not "${text}".\n${USAGE}`);
}
