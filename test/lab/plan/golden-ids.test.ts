import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planDigest } from '../../../src/lab/inspection/inspect-experiment.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { withImportedBase } from '../../../src/lab/inspection/with-imported-base.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { documentText, tinyWith } from '../document/documents.ts';

/** Set to write the file anew, when an engine version has to end what was stored before it. */
const REWRITE = process.env['GOLDEN_IDS'] === 'write';
const FILE = new URL('./golden-ids.json', import.meta.url);

/** `kind prefix` in the order in which they run: long enough to tell jobs apart, and to read. */
type Golden = Readonly<Record<string, readonly string[]>>;

/** Stands for the data of every document but the ones below that have their own. */
const DIGEST = 'd'.repeat(64);
const PREFIX = 8;

const MODEL =
  'model: { layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32 }';
const BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }';
const WINDOWS =
  '  validation: { start: 2024-06-01, end: 2024-07-01 }\n  filter: { minCount: 1 }\n  history: 8';
const SEARCHES = `searches:
  - name: alpha
    merge: { over: periods, method: velocity }
    vary: { alpha: { from: -0.5, to: 0.5, step: 0.25 } }
  - name: shares
    merge: { over: domains, method: ties, base: pretrain-mean, gradients: { density: [0.1, 0.4] } }
    vary: { weight.Games: { from: 0, to: 1 }, weight.Books: { from: 0, to: 1 } }
    strategy: cma-es
    budget: 9
    objective: { metric: ndcg, k: 10, domains: pareto }
`;
const ANALYSES = `analysis:
  - { name: vectors, kind: task-vectors, models: [Games/phase2, Books/phase2, average], base: pretrain-mean }
  - { name: road, kind: path, models: [Games/phase2, Books/phase2], points: 5 }
  - { name: map, kind: plane, models: [Games/pretrain, Games/phase1, Games/phase2], evaluate: [Games] }
`;
const REGRESSION = `analysis:
  - { name: weights, kind: weight-regression, k: 10 }
`;

/** What the documents of `experiments/` leave out: every paradigm with every section that it takes. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tiny, two seeds, validation, searches and analyses': {
    'seeds: [1]': 'seeds: [1, 2]',
    '  filter: { minCount: 1 }\n  history: 8': WINDOWS,
    'merges:': `${SEARCHES}${ANALYSES}merges:`,
  },
  'tiny, regression over two seeds': {
    'seeds: [1]': 'seeds: [1, 2]',
    'merges:': `${REGRESSION}merges:\n  - { name: less, over: periods, method: velocity, parameters: { alpha: -0.1 } }`,
  },
  'tiny, ids of the base’s vectors, tasks and searches': {
    'base: { epochs: 1 }': `${BASE}\ntasks: { mixed: false, idWeight: 4 }`,
    'features: both': 'features: base',
    'merges:': `${SEARCHES.replaceAll('vary', 'split: test\n    vary')}${ANALYSES}merges:`,
  },
  'tiny, titles, searches and analyses': {
    'base: { epochs: 1 }': `${BASE}\nparadigm: title\ntitle: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6, grounding: base }`,
    '  filter: { minCount: 1 }\n  history: 8': WINDOWS,
    'merges:': `${SEARCHES}${ANALYSES}merges:`,
  },
  'tiny, embeddings, searches and analyses': {
    'base: { epochs: 1 }': `${BASE}\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }`,
    '  filter: { minCount: 1 }\n  history: 8': WINDOWS,
    'merges:': `${SEARCHES}${ANALYSES}merges:`,
  },
  'tiny, embeddings with vectors of items': {
    'base: { epochs: 1 }': `${BASE}\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8, itemVectors: added }`,
  },
  'tiny, compact ids, restored parts, searches and analyses': {
    'base: { epochs: 1 }': 'base: { source: none }\nsemanticId: { form: compact }',
    'dimensions: 8': 'dimensions: 8, text: descriptions',
    '  filter: { minCount: 1 }\n  history: 8': WINDOWS,
    'merges:': `${SEARCHES}${ANALYSES}merges:\n  - { name: all, over: domains, method: simple_average, restore: nothing }\n  - { name: own codes, over: domains, method: simple_average, restore: codes }`,
  },
  'tiny, compact ids from a joint base, without trie loss and prefix vectors': {
    'base: { epochs: 1 }':
      'base: { epochs: 1 }\nsemanticId: { form: compact, trieLoss: false, prefixVectors: false }',
  },
  'tiny, an item-id transformer, parts and recomputing': {
    'evaluation: {': 'evaluation: { itemTransformer: { epochs: 2 }, ',
    'tokensPerBatch: 256': 'tokensPerBatch: 256\n  accumulationSteps: 2\n  recompute: true',
  },
};

/** A base from files, as its files would tell. */
const IMPORTED = {
  kind: 'language-model',
  digest: 'e'.repeat(64),
  config: {
    ...{ layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32, tied: true },
    ...{ qkNorm: true, normEps: 1e-6, ropeTheta: 1e6, vocabSize: 448, maxPositions: 512 },
  },
  special: { pad: 0, bos: 1, eos: 2, index: 440, title: 441 },
} as const;
const IMPORTED_BEHAVIOUR = {
  kind: 'behaviour',
  digest: 'b'.repeat(64),
  sizes: { layers: 1, width: 16, heads: 2 },
  vocabulary: { items: ['', 'a', 'b'], features: [] },
} as const;

async function idsOf(experiment: Experiment, digest: string): Promise<string[]> {
  const { runId, jobs } = await planExperiment(experiment, digest);
  return [`run ${runId}`, ...jobs.map(({ kind, id }) => `${kind} ${id.slice(0, PREFIX)}`)];
}

async function found(): Promise<Golden> {
  const golden: Record<string, readonly string[]> = {};
  const names = readdirSync(new URL('../../../experiments/', import.meta.url)).sort();
  for (const name of names.map((file) => file.replace(/\.yaml$/, ''))) {
    golden[name] = await idsOf(experimentFrom(documentText(name)), DIGEST);
  }
  for (const [name, replacements] of Object.entries(VARIANTS)) {
    golden[name] = await idsOf(experimentFrom(tinyWith(replacements)), DIGEST);
  }
  const imported = { 'base: { epochs: 1 }': 'base: { source: import }', [MODEL]: '' };
  const based = withImportedBase(experimentFrom(tinyWith(imported)), IMPORTED);
  golden['tiny, an imported base'] = await idsOf(based, DIGEST);
  const clicks = experimentFrom(`${documentText('gpsd-tiny')}\nbase: { source: import }\n`);
  golden['gpsd-tiny, an imported base'] = await idsOf(
    withImportedBase(clicks, IMPORTED_BEHAVIOUR),
    DIGEST,
  );
  // Of the data themselves: what stands for them in click models is a digest of its own.
  for (const name of ['tiny', 'gpsd-tiny']) {
    const experiment = experimentFrom(documentText(name));
    const digest = await planDigest(experiment, await datasetOf(experiment, null));
    golden[`${name} on its own data`] = await idsOf(experiment, digest);
  }
  return golden;
}

describe('job ids', () => {
  it('are those of results that were stored before', async () => {
    const golden = await found();
    if (REWRITE) writeFileSync(FILE, `${JSON.stringify(golden, null, 2)}\n`);
    const stored = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
    expect(Object.keys(golden)).toEqual(Object.keys(stored));
    for (const [name, ids] of Object.entries(golden)) expect(ids, name).toEqual(stored[name]);
  });

  it('change with what decides a result', async () => {
    const ids = await idsOf(experimentFrom(documentText('tiny')), DIGEST);
    const other = await idsOf(
      experimentFrom(tinyWith({ 'features: both': 'features: tfidf' })),
      DIGEST,
    );
    expect(other).toHaveLength(ids.length);
    const same = ids.filter((id, index) => id === other[index]);
    expect(new Set(same.map((id) => id.split(' ')[0]))).toEqual(new Set(['prepare', 'baseline']));
  });
});
