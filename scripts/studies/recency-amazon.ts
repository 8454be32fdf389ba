import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAnswers } from '../../bench/findings/recency-answers.ts';
import { documentOf, RECENCY_FORMS } from '../../bench/findings/recency-forms.ts';
import { recencyRecord, type FormAnswers } from '../../bench/findings/recency-record.ts';
import { formatted } from '../formatted.ts';
import { PROJECT_ROOT } from '../project.ts';

/**
 * Finding 2 on Amazon logs: runs every form of `experiments/findings-recency-amazon-compact.yaml` whose out
 * folder has no `results.json` yet, one after the other on one thread, and writes what they say together:
 * `node --import tsx scripts/studies/recency-amazon.ts --data DIR --out DIR [--seeds 1,2] [--only later]`.
 * Forms share one store, so that the stage before all of them is trained once. Not a part of `npm test`.
 */
const DOCUMENT = 'experiments/findings-recency-amazon-compact.yaml';
const DRAWS = 1000;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    /** Forms whose names hold this. */
    only: { type: 'string', default: '' },
    to: { type: 'string', default: 'bench/results/findings/recency-amazon-compact/record.json' },
  },
});
const { data, out } = values;
if (data === undefined || out === undefined) {
  throw new Error('Usage: recency-amazon.ts --data DIR --out DIR [--seeds 1,2,3] [--only NAME]');
}
mkdirSync(out, { recursive: true });
const text = readFileSync(join(PROJECT_ROOT, DOCUMENT), 'utf8');
const answers: FormAnswers[] = [];
const runs: Record<string, string>[] = [];
for (const form of RECENCY_FORMS.filter(({ name }) => name.includes(values.only))) {
  const folder = join(out, form.name);
  if (!existsSync(join(folder, 'results.json'))) {
    const written = join(out, `${form.name}.yaml`);
    writeFileSync(written, documentOf(text, form, values.seeds.split(',').map(Number)));
    const words = ['--import', 'tsx', 'scripts/headless.ts', written, '--executor', 'cpu'];
    const places = ['--data', data, '--out', folder, '--store', join(out, 'store')];
    const { status } = spawnSync(process.execPath, [...words, '--threads', '1', ...places], {
      cwd: PROJECT_ROOT,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`${form.name} failed; what was finished is in the store.`);
  }
  const newest = form.period === 'later' ? 'phase2' : 'phase1';
  const older = form.period === 'later' ? 'phase1' : 'pretrain';
  const users = readFileSync(join(folder, 'users.csv'), 'utf8');
  answers.push({ form, domains: readAnswers(users, [older, newest]) });
  const { run } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as {
    readonly run: {
      readonly adapter: { readonly name: string };
      readonly engineVersion: string;
      readonly finishedAt: string;
    };
  };
  const { adapter, engineVersion, finishedAt } = run;
  runs.push({ form: form.name, adapter: adapter.name, engineVersion, finishedAt });
}
const record = { document: DOCUMENT, draws: DRAWS, runs, ...recencyRecord(answers, DRAWS) };
const target = join(PROJECT_ROOT, values.to);
mkdirSync(join(target, '..'), { recursive: true });
writeFileSync(target, await formatted(target, JSON.stringify(record)));
console.log(`Wrote ${values.to}`);
