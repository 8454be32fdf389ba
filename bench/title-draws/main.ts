import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { openTokenizer } from '../../src/io/bpe/text-tokenizer.ts';
import { vocabularyOf } from '../../src/lab/checkpoints/model-config.ts';
import { titleFormat } from '../../src/lab/paradigms/title/title-format.ts';
import { asArtefact, tokenizerArtefact } from '../../src/lab/results/artefacts.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import { titleTokensOf } from '../../src/lab/work/text-tokens.ts';
import { deriveSeed } from '../../src/lab/work/job-context.ts';
import { filterLog } from '../../src/rec/data/filter.ts';
import { testSamples } from '../../src/rec/data/split.ts';
import type { DomainData, RankedList } from '../../src/rec/data/types.ts';
import { groundQueries } from '../../src/rec/evaluation/grounding.ts';
import { rankingMetrics } from '../../src/rec/evaluation/metrics.ts';
import { popularityRecency } from '../../src/rec/evaluation/popularity-recency.ts';
import { rankByTitles } from '../../src/rec/evaluation/rank-titles.ts';
import { importDataset } from '../../src/rec/importers/import-files.ts';
import { itemTexts } from '../../src/rec/text/item-text.ts';
import { embedItems } from '../../src/rec/text/text-embedding.ts';
import { createWordEmbedder } from '../../src/rec/text/word-embedding.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';

/*
 * How titles become a ranking: a cell's titles are drawn once, then grounded by many rules, so that
 * a rule and its numbers can be chosen on a validation window for the price of one sampling.
 *   node --import tsx scripts/studies/title-draws.ts --store DIR --model JOB --data DIR --domain D --from DATE --to DATE
 */

const DIMENSIONS = 64;
const TOP = 20;

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
    data: { type: 'string', default: '' },
    domain: { type: 'string', default: 'Office_Products' },
    from: { type: 'string', default: '2018-04-01' },
    to: { type: 'string', default: '2018-07-01' },
    temperature: { type: 'string', default: '0.6' },
    draws: { type: 'string', default: '5,20' },
    bandwidths: { type: 'string', default: '0,0.03,0.1,0.3,1,3' },
    gammas: { type: 'string', default: '0,0.25,0.5,1' },
    halfLives: { type: 'string', default: '30' },
  },
});
const draws = numbers(values.draws);
/** 0: the nearest title. */
const bandwidths = numbers(values.bandwidths).map((h) => (h === 0 ? null : h));
const most = Math.max(...draws);
const store = openFileStore(values.store);
const results = new StoredResults(new CheckpointStore(store), new ArtefactStore(store), () => 0);
const cell = await results.getCheckpoint(values.model);
if (cell?.meta.tokenizer === undefined)
  throw new Error(`No cell with a tokenizer: ${values.model}`);
const training = (cell.meta.settings as { paradigm: Parameters<typeof titleFormat>[2] }).paradigm;
const { tokenizerJson } = asArtefact(
  tokenizerArtefact,
  await results.getArtefact(cell.meta.tokenizer),
  'tokenizer',
);
const tokenizer = openTokenizer(tokenizerJson);
const data = await readDomain();
const beforeMs = Date.parse(values.from);
const window = { name: 'window', startMs: beforeMs, endMs: Date.parse(values.to) };
const samples = testSamples(data, window, { history: 30, minEarlier: 4 });
const executor = await createWasmExecutor({});
const texts = itemTexts(data);
const embedder = createWordEmbedder(texts, DIMENSIONS, deriveSeed(0, `words/${values.domain}`));
const { vectors: itemVectors } = await embedItems(embedder, texts, { isCentred: false });
const { titles } = await rankByTitles(executor, {
  config: { ...cell.meta.config, maxPositions: training.positions + training.maxTokens },
  parameters: cell.parameters,
  samples,
  format: titleFormat(tokenizer, data, training, vocabularyOf(cell.meta.vocabulary)),
  titlesPerUser: most,
  maxTokens: training.maxTokens,
  temperature: Number(values.temperature),
  seed: deriveSeed(cell.meta.seed, `titles/${values.domain}`),
  decode: (tokens) => tokenizer.decode(tokens, { skipSpecialTokens: true }),
  embedder,
  itemVectors,
  coefficients: null,
  top: TOP,
  batchUsers: 16,
});
const distinct = [...new Set(titles.flat())];
const rowOf = new Map(distinct.map((text, row) => [text, row]));
const queries = await embedder.embed(distinct, {});
const cut = titleTokensOf(tokenizer, data, training.titleTokens).map((tokens) =>
  tokenizer.decode(tokens, { skipSpecialTokens: true }),
);
const known = new Set(cut);
const exact = titles.flat().filter((text) => known.has(text)).length;
console.log(`${values.domain}: ${samples.length} users, ${distinct.length} distinct titles`);
console.log(
  `drawn titles that are one of an item, cut alike: ${share(exact, titles.length * most)}`,
);
for (const halfLifeDays of numbers(values.halfLives)) {
  for (const gamma of numbers(values.gammas)) {
    const coefficients = popularityRecency(data, { beforeMs, halfLifeDays, gamma });
    if (gamma > 0) told(['coefficient alone', halfLifeDays], coefficientAlone(coefficients));
    for (const count of draws) {
      for (const bandwidth of bandwidths) {
        const lists = await ground(count, bandwidth, gamma === 0 ? null : coefficients);
        told([count, bandwidth ?? 'nearest', gamma, halfLifeDays], lists);
      }
    }
  }
}
executor.destroy();

async function ground(count: number, bandwidth: number | null, coefficients: Float64Array | null) {
  const users = samples.map(({ history }, at) => {
    const drawn = (titles[at] ?? []).slice(0, count);
    const own = bandwidth === null ? [...new Set(drawn)] : drawn;
    return { history, queries: own.map((text) => rowOf.get(text) ?? -1) };
  });
  const { width } = embedder;
  const input = { width, queries, itemVectors, users, coefficients, rule: { bandwidth }, top: TOP };
  return withTargets(await groundQueries(executor, input));
}

function coefficientAlone(coefficients: Float64Array): RankedList[] {
  const order = Array.from(coefficients.keys()).sort(
    (a, b) => (coefficients[b] ?? NaN) - (coefficients[a] ?? NaN) || a - b,
  );
  return withTargets(
    samples.map(({ history }) => order.filter((item) => !history.includes(item)).slice(0, TOP)),
  );
}

function withTargets(lists: readonly (readonly number[])[]): RankedList[] {
  return samples.map(({ user, target }, at) => ({ user, target, items: lists[at] ?? [] }));
}

function told(what: readonly (string | number)[], lists: readonly RankedList[]): void {
  const metrics = rankingMetrics(lists, [10]);
  const of = (wanted: string) =>
    (metrics.find(({ metric }) => metric === wanted)?.value ?? NaN).toFixed(2);
  console.log([values.domain, ...what, of('recall'), of('ndcg')].join(','));
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

async function readDomain(): Promise<DomainData> {
  const { domain } = values;
  const files = await Promise.all(
    [`${domain}.csv.gz`, `meta_${domain}.jsonl.gz`].map(async (name) => {
      return { name, blob: await openAsBlob(join(values.data, name)) };
    }),
  );
  const [log] = (
    await importDataset({ importer: 'amazon-reviews', domains: [domain], maxBadRows: 0 }, files)
  ).domains;
  if (log === undefined) throw new Error(`${domain} has no interactions.`);
  return filterLog(log, { startMs: null, minCount: 0, keepUntitled: false }).data;
}
