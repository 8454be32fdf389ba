import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { inputIds } from '../../../src/lab/job/job.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { fileNamed, promise, textFile, textOf, type FuzzKind } from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn } from '../mutate/pick.ts';
import { mutateText } from '../mutate/text.ts';
import { YAML_SNIPPETS, YAML_WORDS } from '../mutate/yaml-words.ts';

const FILE = 'experiment.yaml';
/** Of every paradigm and importer. */
const EXPERIMENTS = ['demo', 'amazon-two-domains', 'amazon-item-transformer', 'gpsd-tiny'];
const WORDS = {
  words: [...YAML_WORDS, 'simulator', 'files', 'import', 'none', 'gpsd', 'compact', 'domains'],
  snippets: YAML_SNIPPETS,
};

/** Experiment documents, down to the plan of their jobs. */
export const documentsKind: FuzzKind = {
  name: 'documents',
  reads: 'experiment documents (YAML and JSON) and the plan of what they ask for',
  refuses: ['experiment-invalid'],
  seeds: () =>
    Promise.resolve([
      ...EXPERIMENTS.map((name) => ({
        name,
        input: [textFile(FILE, withoutComments(experimentText(name)))],
      })),
      { name: 'json', input: [textFile(FILE, JSON_DOCUMENT)] },
    ]),
  mutate(input, random) {
    const file = fileNamed(input, FILE);
    if (oneIn(12, random)) return [{ name: FILE, bytes: mutateBytes(file.bytes, random) }];
    const text = textOf(file);
    const isJson = text.startsWith('{') && !oneIn(4, random);
    return [textFile(FILE, isJson ? mutateJson(text, random) : mutateText(text, random, WORDS))];
  },
  async read(input) {
    const text = textOf(fileNamed(input, FILE));
    const experiment = experimentFrom(text);
    checkNumbers(experiment, 'experiment');
    promise(experiment.name !== '', 'the name is empty');
    const { stages, test, domains } = experiment.contexts;
    promise(new Set(domains).size === domains.length, 'a domain twice');
    for (const { startMs, endMs } of [...stages, test])
      promise(startMs < endMs, 'a window is none');
    await checkPlan(experiment);
  },
};

/** An id is a job's, and what a job builds on is there and comes before it. */
async function checkPlan(experiment: Experiment): Promise<void> {
  const { jobs } = await planExperiment(experiment, '0'.repeat(64));
  const seen = new Set<string>();
  for (const { id, inputs } of jobs) {
    promise(/^[0-9a-f]{64}$/.test(id) && !seen.has(id), 'the id of a job is none or twice');
    promise(
      inputIds(inputs).every((input) => seen.has(input)),
      'a job builds on one that comes later or never',
    );
    seen.add(id);
  }
  promise(jobs.length > 0, 'a document that asks for nothing');
}

/** Nothing that a document says can be a number that is none. */
function checkNumbers(value: unknown, place: string): void {
  if (typeof value === 'number') promise(Number.isFinite(value), `${place} is ${String(value)}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, own] of Object.entries(value)) checkNumbers(own, `${place}.${name}`);
}

function experimentText(name: string): string {
  return readFileSync(join(process.cwd(), 'experiments', `${name}.yaml`), 'utf8');
}

/** Comments take most of a document's bytes, and what happens in them is soon known. */
function withoutComments(text: string): string {
  return text.replaceAll(/(^|\s+)#.*$/gm, '').replaceAll(/\n{2,}/g, '\n');
}

const JSON_DOCUMENT = JSON.stringify({
  schema: 'mmgrid-experiment/1',
  name: 'small',
  seeds: [1, 2],
  data: { source: 'simulator', usersPerDomain: 40, itemsPerDomain: 40, interactionsPerUser: 8 },
  contexts: {
    domains: ['A', 'B'],
    stages: [
      { name: 'pretrain', start: '2023-01-01', end: '2024-01-01' },
      { name: 'phase1', start: '2024-01-01', end: '2024-07-01' },
    ],
    test: { start: '2024-07-01', end: '2024-10-01' },
    filter: { minCount: 1 },
    history: 8,
  },
  ids: { levels: 2, codes: 8, features: 'both', dimensions: 8 },
  model: { layers: 1, width: 16, heads: 1, kvHeads: 1, headWidth: 16, feedForward: 16 },
  training: { stages: { pretrain: { epochs: 1, learningRate: 0.001 } } },
  merges: [{ name: 'm', over: 'domains', method: 'linear', parameters: { weight: [0.5, 0.5] } }],
});
