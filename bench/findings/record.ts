import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Keeps what a finding's text rests on: the analyses of a headless run's folder that belong to all
 * seeds, or to the named ones, as one JSON file. Task vectors are kept as shares and cosines alone.
 * `node --import tsx bench/findings/record.ts OUT --document experiments/x.yaml --to file.json`
 */
interface Analysis {
  readonly name: string;
  readonly seed: number;
  readonly value: unknown;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { document: { type: 'string' }, to: { type: 'string' } },
});
const [out] = positionals;
if (out === undefined || values.document === undefined || values.to === undefined) {
  throw new Error('Usage: record.ts OUT --document FILE.yaml --to FILE.json');
}
const results = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')) as {
  readonly run: Readonly<Record<string, unknown>>;
};
const folder = join(out, 'analysis');
const analyses = [];
const files = await readdir(folder);
for (const name of files.filter((file) => file.endsWith('.json')).sort()) {
  const { value, ...rest } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Analysis;
  const table = name.replace(/json$/, 'pairs.csv');
  const pairs = files.includes(table) ? await pairsOf(join(folder, table)) : null;
  analyses.push(
    pairs === null
      ? { name: rest.name, seed: rest.seed, value }
      : { name: rest.name, seed: rest.seed, pairs },
  );
}
const { name, adapter, engineVersion, startedAt, createdAt } = results.run;
const run = { name, adapter, engineVersion, at: startedAt ?? createdAt };
const record = { document: values.document, run, analyses };
await writeFile(values.to, `${JSON.stringify(record, null, 1)}\n`);

/** Models, cosine and share of conflicting signs of every pair. */
async function pairsOf(path: string) {
  const [header = '', ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  const columns = header.split(',');
  const at = (cells: readonly string[], name: string) => cells[columns.indexOf(name)] ?? '';
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      a: at(cells, 'a'),
      b: at(cells, 'b'),
      cosine: Number(at(cells, 'cosine')),
      conflict: Number(at(cells, 'conflict')),
    };
  });
}
