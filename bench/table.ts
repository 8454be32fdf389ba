import { RESULT_SCHEMA, type BenchRecord, type BenchResult } from './result.ts';

const BEGIN = '<!-- bench:table -->';
const END = '<!-- /bench:table -->';

/** Reads a result file. @throws Error for anything but this program's own format */
export function parseRecord(text: string): BenchRecord {
  const record = JSON.parse(text) as Partial<BenchRecord>;
  if (record.schema !== RESULT_SCHEMA) {
    throw new Error(`the schema is ${String(record.schema)}, not ${RESULT_SCHEMA}`);
  }
  return record as BenchRecord;
}

/** Replaces what stands between the markers of a Markdown page. @throws Error without the markers */
export function withTable(page: string, record: BenchRecord, file: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`the page needs ${BEGIN} and ${END}`);
  const head = page.slice(0, start + BEGIN.length);
  return `${head}\n\n${tableOf(record, file)}\n${page.slice(end)}`;
}

/** A heading with the circumstances, then one row per case and engine. */
function tableOf(record: BenchRecord, file: string): string {
  const { date, platform, machine, rounds, packages, results } = record;
  const adapters = [...new Set(results.map(({ adapter }) => adapter))].join('; ');
  const peers = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const about = [
    `${date.slice(0, 10)}, ${platform}`,
    `${machine.processors} × ${machine.processor}`,
    adapters,
    ...peers,
    `medians of up to ${rounds} rounds`,
  ].join('; ');
  const header =
    '| case | engine | median | min…max | ours is faster | first unit | calls | memory |';
  const lines = results.map(rowOf);
  const rule = '| --- | --- | ---: | ---: | --- | ---: | ---: | ---: |';
  return `${about}. From [${file}](results/${file}).\n\n${[header, rule, ...lines].join('\n')}\n`;
}

function rowOf(result: BenchResult): string {
  const { engine, timing, unit, status, reason, counts, bytes, firstMs, setupMs } = result;
  const place = result.group === 'cpu' && !result.isIsolated ? ', not isolated' : '';
  const start = [result.case, `${engine}${place}`];
  if (timing === null) return cells([...start, `${status}: ${reason}`, '', '', '', '', '']);
  const range = `${short(timing.min)}…${short(timing.max)}`;
  const times = Object.entries(result.fasterThan).map(
    ([peer, ratio]) => `${ratio.toFixed(2)} × ${peer}`,
  );
  const first = `${(((setupMs ?? 0) + (firstMs ?? 0)) / 1000).toFixed(2)} s`;
  const calls = counts === null ? '' : `${counts.dispatches} / ${counts.submits}`;
  const memory = bytes === null ? '' : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const median = `${short(timing.median)} ${unit}`;
  return cells([...start, median, range, times.join(', '), first, calls, memory]);
}

/** A bar inside a cell would start another one. */
function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function short(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}
