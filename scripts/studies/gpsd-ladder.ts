import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import {
  ladderSlopes,
  type LadderModel,
  type LadderRun,
} from '../../bench/findings/ladder-record.ts';
import {
  denseParameters,
  type BehaviourConfig,
} from '../../src/nn/behaviour-model/behaviour-layout.ts';
import { formatted } from '../formatted.ts';
import { PROJECT_ROOT } from '../project.ts';

/**
 * GPSD's ladder of sizes: runs `experiments/gpsd-ladder-validated.yaml` for every width and draw whose out
 * folder has no `results.json` yet, one after the other on one thread, and writes what they say together:
 * `node --import tsx scripts/studies/gpsd-ladder.ts --out DIR [--runs 8:1,16:1,32:1,8:2,32:2]`, width:draw.
 * Not a part of `npm test`.
 */
const DOCUMENT = 'experiments/gpsd-ladder-validated.yaml';
const HEAD_WIDTH = 8;

/** What a checkpoint's `mmgrid.json` says of its training. */
interface Provenance {
  readonly kind: string;
  readonly choice?: { readonly epoch: number; readonly values: readonly number[] };
  readonly behaviour: {
    readonly config: BehaviourConfig;
    readonly transfer?: { readonly strategy: string };
    readonly epochs?: readonly {
      readonly epoch: number;
      readonly train: { readonly logLoss: number };
      readonly test: { readonly logLoss: number; readonly auc: number | null };
    }[];
  };
}

interface Results {
  readonly run: {
    readonly adapter: { readonly name: string };
    readonly engineVersion: string;
    readonly finishedAt: string;
    readonly notes: readonly string[];
  };
  readonly rows: readonly {
    readonly model: string;
    readonly metric: string;
    readonly value: number;
  }[];
}

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    runs: { type: 'string', default: '8:1,16:1,32:1,8:2,32:2' },
    users: { type: 'string', default: '4000' },
    to: { type: 'string', default: 'bench/results/gpsd/ladder-validated/record.json' },
  },
});
const { out } = values;
if (out === undefined) {
  throw new Error('Usage: gpsd-ladder.ts --out DIR [--runs WIDTH:DRAW,…]');
}
mkdirSync(out, { recursive: true });
const text = readFileSync(join(PROJECT_ROOT, DOCUMENT), 'utf8');
const runs: LadderRun[] = [];
let last: Results['run'] | undefined;
for (const wanted of values.runs.split(',')) {
  const [width = NaN, draw = NaN] = wanted.split(':').map(Number);
  const name = `width-${String(width)}-draw-${String(draw)}`;
  const folder = join(out, name);
  if (!existsSync(join(folder, 'results.json'))) run(name, folder, { width, draw });
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
  last = results.run;
  runs.push(readRun(folder, results, { width, draw }));
}
const { adapter, engineVersion, finishedAt } = last ?? {};
const record = {
  document: DOCUMENT,
  run: { adapter: adapter?.name, engineVersion, finishedAt },
  slopes: ladderSlopes(runs),
  runs,
};
const target = join(PROJECT_ROOT, values.to);
mkdirSync(join(target, '..'), { recursive: true });
writeFileSync(target, await formatted(target, JSON.stringify(record)));
console.log(`Wrote ${values.to}`);

function run(
  name: string,
  folder: string,
  { width, draw }: Pick<LadderRun, 'width' | 'draw'>,
): void {
  const document = parseDocument(text);
  document.delete('analysis');
  document.set('seeds', [draw]);
  document.setIn(['data', 'usersPerDomain'], Number(values.users));
  document.setIn(['data', 'seed'], draw);
  document.setIn(['discriminative', 'draw'], draw);
  document.setIn(['model', 'width'], width);
  document.setIn(['model', 'heads'], width / HEAD_WIDTH);
  const written = join(out ?? '', `${name}.yaml`);
  writeFileSync(written, document.toString());
  const words = ['--import', 'tsx', 'scripts/headless.ts', written, '--executor', 'cpu'];
  const places = ['--out', folder, '--threads', '1', '--users', 'no'];
  const { status } = spawnSync(process.execPath, [...words, ...places], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${name} failed; what was finished is in its store.`);
}

function readRun(
  folder: string,
  { run: { notes }, rows }: Results,
  { width, draw }: Pick<LadderRun, 'width' | 'draw'>,
): LadderRun {
  const checkpoints = join(folder, 'checkpoints');
  const all = readdirSync(checkpoints).map(
    (name) =>
      JSON.parse(readFileSync(join(checkpoints, name, 'mmgrid.json'), 'utf8')) as Provenance,
  );
  const pretrained = all.find(({ kind }) => kind === 'pretrain');
  const trained = all.filter(({ kind }) => kind === 'train-click');
  const [, impressions] = /train (\d+) impressions/.exec(notes.join('\n')) ?? [];
  if (pretrained?.choice === undefined || impressions === undefined) {
    throw new Error(`${folder} has no pretraining with users held out.`);
  }
  const { config } = pretrained.behaviour;
  const { layers, heads, items } = config;
  const valueOf = (model: string, metric: string) =>
    rows.find((row) => row.model === model && row.metric === metric)?.value ?? NaN;
  return {
    ...{ width, heads, layers, draw },
    denseParameters: denseParameters(config),
    itemParameters: items * width,
    impressions: Number(impressions),
    popularityAuc: valueOf('popularity', 'auc'),
    pretrainingHeldOut: pretrained.choice.values,
    models: Object.fromEntries(
      trained.map(({ choice, behaviour: { transfer, epochs = [] } }): [string, LadderModel] => {
        const strategy = transfer?.strategy ?? '';
        return [
          strategy,
          {
            auc: valueOf(`Games/${strategy}`, 'auc'),
            logLoss: valueOf(`Games/${strategy}`, 'log-loss'),
            keptEpoch: choice?.epoch ?? NaN,
            heldOut: choice?.values ?? [],
            curve: epochs.map(({ epoch, train, test }) => [
              ...([epoch, train.logLoss, test.logLoss] as const),
              100 * (test.auc ?? NaN),
            ]),
          },
        ];
      }),
    ),
  };
}
