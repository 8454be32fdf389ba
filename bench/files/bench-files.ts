import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT, projectCommit, projectVersion } from '../../scripts/project.ts';
import { BenchUsageError } from '../arguments.ts';
import { resultFault } from './check-result.ts';
import { casesOf, MODELS, recipeOf, type FileCase } from './file-cases.ts';
import { FILES_USAGE, readFilesArguments, type FilesArguments } from './files-arguments.ts';
import { FILES_SCHEMA, filesTable, resultsOf, type FilesRecord } from './files-record.ts';
import { makeCheckpoints } from './make-checkpoints.ts';
import { MODEL_SHAPES } from './model-shapes.ts';
import { runProgram, type ProgramRun } from './run-program.ts';

const WEIGHTS = 'model.safetensors';
const PEERS = join(PROJECT_ROOT, 'bench', 'peers', 'files_merge.py');
const COPY = join(PROJECT_ROOT, 'bench', 'files', 'bare-copy.mjs');

/** `npm run bench -- --only files`; gives the exit code. */
export async function benchFiles(words: readonly string[]): Promise<number> {
  try {
    const settings = readFilesArguments(words);
    if (settings === 'help') console.log(FILES_USAGE);
    else await measure(settings);
    return 0;
  } catch (error) {
    if (error instanceof BenchUsageError) {
      console.error(`${error.message}\n\n${FILES_USAGE}`);
      return 2;
    }
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function measure(settings: FilesArguments): Promise<void> {
  const { size, rounds, filter } = settings;
  const cases = casesOf(size, filter).filter(canRun);
  if (cases.length === 0) throw new BenchUsageError(`--case ${filter}: there is no such case.`);
  mkdirSync(settings.dir, { recursive: true });
  checkRoom(settings);
  const folder = mkdtempSync(join(settings.dir, 'mmgrid-bench-files-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const stop = (): void => process.exit(130);
  process.once('SIGINT', stop);
  try {
    console.log(`Makes ${MODELS.length} checkpoints (${size}) in ${folder}`);
    const shape = MODEL_SHAPES[size];
    const folders = MODELS.map((name) => join(folder, name));
    makeCheckpoints({ folders, shape, seed: 1, isSparse: size === 'large' });
    const inputBytes = statSync(join(folder, MODELS[0], WEIGHTS)).size;
    const measured = new Map(cases.map((one): [FileCase, ProgramRun[]] => [one, []]));
    const load: number[] = [];
    // Round 0 warms up: the files are in the system's cache, bundles and kernels are built.
    for (let round = 0; round <= rounds; round++) {
      if (round > 0) load.push(loadavg()[0] ?? Number.NaN);
      for (const one of round % 2 === 0 ? cases : cases.toReversed()) {
        const run = await runCase(one, folder, settings, round === 0);
        const work = run.workSeconds?.toFixed(2) ?? '?';
        const wall = run.wallSeconds.toFixed(2);
        console.log(`round ${round}: ${one.name}, ${one.engine}: ${work} s of ${wall} s`);
        if (round > 0) measured.get(one)?.push(run);
      }
    }
    const record: FilesRecord = {
      schema: FILES_SCHEMA,
      date: new Date().toISOString(),
      version: projectVersion(),
      commit: projectCommit(),
      platform: `Node ${process.version}`,
      machine: {
        processors: cpus().length,
        processor: cpus()[0]?.model ?? '',
        memoryBytes: totalmem(),
        load,
      },
      ...{ size, inputBytes, rounds, results: resultsOf(measured) },
    };
    save(settings, record);
  } finally {
    process.off('SIGINT', stop);
    process.off('exit', remove);
    remove();
  }
}

function save({ out, size }: FilesArguments, record: FilesRecord): void {
  const suffix = size === 'real' ? '' : `-${size}`;
  const name = `${record.date.slice(0, 10)}-files${suffix}.json`;
  const path = out ?? join(PROJECT_ROOT, 'bench', 'results', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`\n${filesTable(record)}\n\nsaved in ${path}`);
}

/** @throws Error where a result is wrong: what computes something else must not look fast */
async function runCase(
  one: FileCase,
  folder: string,
  { options }: FilesArguments,
  isChecked: boolean,
): Promise<ProgramRun> {
  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const inputs = MODELS.slice(0, one.inputs).map((name) => join(folder, name, WEIGHTS));
  const usage = join(folder, 'usage.json');
  const result = one.engine === 'ours' ? join(out, 'recipe', WEIGHTS) : join(out, WEIGHTS);
  const run = await runProgram(...programOf(one, { folder, out, result, inputs, options }), usage);
  const fault = !isChecked || one.engine === 'copy' ? '' : resultFault(one, result, inputs);
  if (fault !== '') throw new Error(`${one.name}, ${one.engine}: the result is wrong: ${fault}`);
  return run;
}

interface CasePlaces {
  readonly folder: string;
  readonly out: string;
  readonly result: string;
  readonly inputs: readonly string[];
  readonly options: readonly string[];
}

function programOf(
  one: FileCase,
  { folder, out, result, inputs, options }: CasePlaces,
): ['node' | 'python', readonly string[]] {
  switch (one.engine) {
    case 'copy':
      return ['node', [COPY, result, ...inputs]];
    case 'ours': {
      const recipe = join(folder, 'recipe.yaml');
      writeFileSync(recipe, recipeOf(one, folder));
      // One file, as the inputs are: large results are split otherwise.
      const shard = ['--shard', '1000000'];
      return ['node', [join('scripts', 'merge.mjs'), recipe, '--out', out, ...shard, ...options]];
    }
    case 'numpy':
    case 'torch':
      return ['python', [PEERS, one.engine, one.method, result, ...inputs]];
  }
}

const known = new Map<string, boolean>();

/** Peers run where Python has them. */
function canRun({ engine }: FileCase): boolean {
  if (engine === 'ours' || engine === 'copy') return true;
  const found = known.get(engine) ?? spawnSync('python3', [PEERS, '--check', engine]).status === 0;
  if (!found && !known.has(engine)) console.log(`Python has no ${engine} here: not measured`);
  known.set(engine, found);
  return found;
}

/** Three checkpoints and one result; of sparse ones hardly more than the result. */
const ROOM = { small: 1e8, real: 5e9, large: 9e9 } as const;

function checkRoom({ dir, size }: FilesArguments): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize > ROOM[size]) return;
  const [needs, has] = [ROOM[size], bavail * bsize].map((bytes) => (bytes / 1e9).toFixed(1));
  throw new BenchUsageError(
    `${dir} has ${has} GB free, ${needs} are needed: choose another --dir.`,
  );
}
