import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { besideStored } from '../../bench/leading/beside-stored.ts';
import {
  differenceLines,
  maskedLines,
  pairLines,
  valueLines,
} from '../../bench/leading/markdown.ts';
import { rankedUsers, type RankedUsers } from '../../bench/leading/read-users.ts';
import { LEADING_PAIRS, LEADING_ROWS, PAIRS, REFERENCES } from '../../bench/leading/rows.ts';
import { leadingTable, type LeadingTable } from '../../bench/leading/table.ts';
import { formatted } from '../formatted.ts';
import { PROJECT_ROOT } from '../project.ts';

/**
 * Makes the table that leads the README from out folders of its documents:
 * `node --import tsx scripts/studies/leading-table.ts out/amazon-leading out/amazon-leading-chain …`. A document's
 * folder is known by the name in its `results.json`; lines of documents without a folder are left out, or with
 * `--beside` kept as the stored table has them.
 */
const USAGE =
  'node --import tsx scripts/studies/leading-table.ts FOLDER … [--beside] [--to bench/results/amazon]';

/** An out folder, and what the table keeps of the run behind it. */
interface Run {
  readonly folder: string;
  readonly name: string;
  /** What was chosen; null: nothing was. */
  readonly isMasked: boolean | null;
  readonly facts: { readonly run: string; readonly adapter: string; readonly finished: string };
}

/** `table.json`. */
interface StoredTable extends LeadingTable {
  readonly runs: Readonly<Record<string, Run['facts']>>;
}

/** What is read of a run's `results.json`. */
interface Results {
  readonly run?: { readonly name?: string };
  readonly rows?: readonly {
    readonly runId: string;
    readonly adapter: string;
    readonly createdAt: string;
  }[];
}

const ABOUT = `Percent; recall and NDCG at 10 of one last interaction a user of the test window, all items of the
domain ranked. Values: mean over seeds ± standard error over users of each user's mean. Differences: paired
by user, mean over seeds, with the 95 % interval over users; a line of one seed meets that seed of the others.
Made by \`scripts/studies/leading-table.ts\` from the out folders of \`experiments/amazon-leading*.yaml\`,
\`amazon-semantic-id.yaml\`, \`amazon-embedding.yaml\` and \`amazon-title.yaml\`; numbers in full in [table.json](table.json).`;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      beside: { type: 'boolean', default: false },
      to: { type: 'string', default: join(PROJECT_ROOT, 'bench', 'results', 'amazon') },
    },
  });
  if (positionals.length === 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    const runs = positionals.map(openRun);
    const lines = await linesOf(runs);
    const path = join(values.to, 'table.json');
    const stored = values.beside ? (JSON.parse(readFileSync(path, 'utf8')) as StoredTable) : null;
    const made = leadingTable(lines);
    const table = stored === null ? made : besideStored(stored, made);
    mkdirSync(values.to, { recursive: true });
    const { rows, differences } = table;
    const json = {
      schema: 'leading-table/1',
      runs: factsOf(runs, stored, table),
      rows,
      differences,
    };
    await write(path, JSON.stringify(json));
    await write(join(values.to, 'table.md'), markdown(table));
    console.log([...valueLines(table), '', ...pairLines(table, LEADING_PAIRS)].join('\n'));
    return 0;
  } catch (error) {
    const { message, hint, faults } = toAppError(error);
    const places = faults.map((fault) => `  ${fault.place}: ${fault.message}`);
    console.error([message, ...places, hint].join('\n'));
    return 2;
  }
}

function openRun(folder: string): Run {
  const path = join(folder, 'results.json');
  const wanted = [path, join(folder, 'users.csv'), join(folder, 'data', 'protocol.json')];
  if (!wanted.every((file) => existsSync(file))) {
    throw new AppError(
      'data-missing',
      `${folder} is no out folder with results.json, users.csv and data/.`,
      {
        hint: `Nothing was written. ${USAGE}`,
      },
    );
  }
  const { run, rows = [] } = JSON.parse(readFileSync(path, 'utf8')) as Results;
  // Baselines without chance may have been computed by nobody in particular.
  const one = rows.find(({ adapter }) => adapter !== 'none') ?? rows[0];
  const finished = rows.reduce((last, row) => (row.createdAt > last ? row.createdAt : last), '');
  const facts = { run: one?.runId ?? '', adapter: one?.adapter ?? '', finished };
  const protocol = JSON.parse(readFileSync(join(folder, 'data', 'protocol.json'), 'utf8')) as {
    readonly maskHistory?: boolean | null;
  };
  return { folder, name: run?.name ?? '', isMasked: protocol.maskHistory ?? null, facts };
}

async function linesOf(
  runs: readonly Run[],
): Promise<{ experiment: string; users: readonly RankedUsers[] }[]> {
  const lines: { experiment: string; users: readonly RankedUsers[] }[] = [];
  for (const row of LEADING_ROWS) {
    const { experiment } = row;
    const run = runs.find(({ name }) => name === experiment);
    if (run === undefined) continue;
    const { isMasked } = run;
    const place = join(run.folder, 'users.csv');
    if (isMasked === null) {
      throw new AppError('data-invalid', `${experiment} does not choose evaluation.maskHistory.`, {
        hint: 'Nothing was written. Paradigms mask otherwise; choose it and run the document again.',
      });
    }
    const text = readFileSync(place, 'utf8');
    lines.push({ experiment, users: await rankedUsers({ text, place, isMasked }, row) });
  }
  return lines;
}

/** Of each document the run that its lines are of: of the stored table, where those were kept. */
function factsOf(
  runs: readonly Run[],
  stored: StoredTable | null,
  table: LeadingTable,
): StoredTable['runs'] {
  const made = Object.fromEntries(runs.map(({ name, facts }) => [name, facts]));
  if (stored === null) return made;
  const kept = new Set(stored.rows.filter((row) => table.rows.includes(row)).map(experimentOf));
  return Object.fromEntries(
    [...new Set(table.rows.map(experimentOf))].flatMap((name) => {
      const facts = kept.has(name) ? stored.runs[name] : made[name];
      return facts === undefined ? [] : [[name, facts]];
    }),
  );
}

function experimentOf({ experiment }: LeadingTable['rows'][number]): string {
  return experiment;
}

function markdown(table: LeadingTable): string {
  const parts = [
    ['# Amazon Review Data 2018, two domains', '', ABOUT, ''],
    ...[valueLines(table), maskedLines(table)],
    ...REFERENCES.map((reference) => differenceLines(table, reference)),
    pairLines(table, PAIRS),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

async function write(path: string, text: string): Promise<void> {
  writeFileSync(path, await formatted(path, text));
}
