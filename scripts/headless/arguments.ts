import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { toAppError } from '../../src/core/errors.ts';
import { parseHubName } from '../../src/io/hub/hub-name.ts';
import type { HubReference } from '../../src/io/hub/open-hub-model.ts';
import { EXPORT_KINDS, type ExportKind } from './export/exported-plan.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import type { HeadlessTask } from '../../workers/headless/headless-messages.ts';
import type { ExecutorChoice } from '../../workers/lab/api.ts';
import { codeOf, reasonOf } from '../server/list-folder.ts';

export interface HeadlessArguments {
  /** Text of the experiment file; null runs the embedded demo. */
  readonly document: string | null;
  /** How messages name the document. */
  readonly documentName: string;
  readonly dataDir: string | null;
  /** Folder of the checkpoint that the experiment starts from, or a model on a hub. */
  readonly base: string | HubReference | null;
  readonly outDir: string;
  /** Where finished jobs are kept. */
  readonly storeDir: string;
  readonly host: 'node' | 'browser';
  readonly executor: ExecutorChoice;
  /** Part of the name of the GPU to take; null: the fastest. */
  readonly adapter: string | null;
  /** Of the CPU executor; null: one a core. */
  readonly threads: number | null;
  readonly browser: string | null;
  readonly limits: RunLimits;
  readonly requireGpu: boolean;
  /** What results are compared with; null: what the document names. */
  readonly reference: string | null;
  /** Whether what users were answered is written; null: as the document says. */
  readonly users: boolean | null;
  /** Writes the plan for another engine into the out folder; its store, where one was named. */
  readonly export: { readonly kind: ExportKind; readonly storeDir: string | null } | null;
}

export const USAGE = `npm run headless -- [experiment.yaml] [options]

  experiment.yaml      what to run; without it, the embedded demo
  --data DIR           folder of the data files, where the experiment reads files
  --base DIR           folder of a checkpoint, where the experiment imports its base; or
                       hub:owner/name[@revision], downloaded once into the out folder
  --hub-endpoint URL   the hub                            (default: HF_ENDPOINT, else huggingface.co)
  --out DIR            where results and checkpoints go   (default: out/<experiment>)
  --store DIR          where finished jobs are kept       (default: .store in the out folder)
  --executor KIND      auto, webgpu or cpu                (default: auto, a hardware GPU or the CPU)
  --adapter NAME       part of the name of the GPU to use (default: the fastest)
  --threads N          threads of the CPU                 (default: one a core)
  --reference NAME     compare all results with this one of them, user by user
  --users yes|no       write what each user was answered, and the data behind it
  --require-gpu        fail where no hardware GPU computes
  --host KIND          node, or browser: the page itself  (default: node)
  --browser PATH       the Chromium of --host browser     (default: the one found)

  --job ID             make one job of the plan; its inputs have to be in the store
  --collect            compute nothing: write what the store has, results and checkpoints
  --export KIND        write the plan into the out folder: make, snakemake or slurm

HF_TOKEN holds the access token for gated and private models.

Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 stopped with Ctrl-C, 141 nobody
reads the output any longer.`;

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

/** Makes the folder of results, or says why it cannot be, before hours of work. @throws UsageError */
export function makeOutDir(outDir: string): void {
  try {
    mkdirSync(outDir, { recursive: true });
  } catch (error) {
    throw new UsageError(`--out ${outDir} cannot be made (${codeOf(error)}).`);
  }
  try {
    accessSync(outDir, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out ${outDir} cannot be written (${codeOf(error)}).`);
  }
}

type Values = ReturnType<typeof parse>['values'];

const NODE_ONLY = ['store', 'adapter', 'threads', 'job', 'collect', 'export'] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line and the experiment file. @throws UsageError naming what is wrong */
export function readArguments(
  words: readonly string[],
  environment: Environment = {},
): HeadlessArguments | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  checkTogether(values);
  const [file, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`"${extra}": only one experiment can be run.`);
  const name = file === undefined ? 'demo' : basename(file, extname(file));
  const host = hostOf(values.host ?? (values.browser === undefined ? 'node' : 'browser'));
  const browser = values.browser ?? null;
  if (browser !== null && !isFile(browser)) {
    throw new UsageError(`--browser ${browser}: there is no such file.`);
  }
  const outDir = resolve(values.out ?? `out/${name}`);
  if (existsSync(outDir) && !isFolder(outDir)) {
    throw new UsageError(`--out ${outDir}: this is a file, not a folder.`);
  }
  return {
    document: file === undefined ? null : readDocument(file),
    documentName: file ?? 'the embedded demo',
    dataDir: folderOf('--data', values.data),
    base: baseOf(values.base, values['hub-endpoint'], environment),
    outDir,
    // An export is another program's folder: nothing in it is hidden.
    storeDir: resolve(
      values.store ?? join(outDir, values.export === undefined ? '.store' : 'store'),
    ),
    host,
    executor: executorOf(values.executor ?? 'auto'),
    adapter: values.adapter ?? null,
    threads: threadsOf(values.threads),
    browser,
    limits: limitsOf(values),
    requireGpu: values['require-gpu'] ?? false,
    reference: values.reference ?? null,
    users: usersOf(values.users),
    export: exportOf(values),
  };
}

/** How the results are to be shown, where the command line says it. */
export function shownOf({
  reference,
  users,
}: HeadlessArguments): Pick<HeadlessTask, 'reference' | 'users'> {
  return { ...(reference !== null && { reference }), ...(users !== null && { users }) };
}

/** Options that the page of a browser cannot follow, or that exclude each other. */
function checkTogether(values: Values): void {
  if (values.host === 'browser' || values.browser !== undefined) {
    const named = NODE_ONLY.find((name) => values[name] !== undefined);
    if (named !== undefined) throw new UsageError(`--${named}: only with --host node.`);
  }
  if (values.host === 'node' && values.browser !== undefined) {
    throw new UsageError('--browser: only with --host browser.');
  }
  const only = (['job', 'collect', 'export'] as const).filter((name) => values[name] !== undefined);
  if (only.length > 1) {
    throw new UsageError(`${only.map((name) => `--${name}`).join(' and ')}: only one of them.`);
  }
  if (values['require-gpu'] === true && values.executor === 'cpu') {
    throw new UsageError('--require-gpu: not with --executor cpu.');
  }
  const file = values.store;
  if (file !== undefined && existsSync(file) && !isFolder(file)) {
    throw new UsageError(`--store ${file}: this is a file, not a folder.`);
  }
}

function usersOf(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new UsageError(`--users ${text}: must be yes or no.`);
}

function limitsOf({ job, collect }: Values): RunLimits {
  if (job !== undefined) return { job };
  return collect === true ? { mayCompute: false } : {};
}

function exportOf({ export: kind, store }: Values): HeadlessArguments['export'] {
  if (kind === undefined) return null;
  const known = EXPORT_KINDS.find((other) => other === kind);
  if (known === undefined)
    throw new UsageError(`--export ${kind}: must be ${EXPORT_KINDS.join(', ')}.`);
  return { kind: known, storeDir: store === undefined ? null : resolve(store) };
}

/** The value of `--host`. @throws UsageError */
export function hostOf(text: string): HeadlessArguments['host'] {
  if (text === 'node' || text === 'browser') return text;
  throw new UsageError(`--host ${text}: must be node or browser.`);
}

/** The value of `--threads`. @throws UsageError */
export function threadsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--threads ${text}: must be a whole number from 1.`);
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        base: { type: 'string' },
        'hub-endpoint': { type: 'string' },
        out: { type: 'string' },
        executor: { type: 'string' },
        store: { type: 'string' },
        host: { type: 'string' },
        adapter: { type: 'string' },
        threads: { type: 'string' },
        'require-gpu': { type: 'boolean' },
        reference: { type: 'string' },
        users: { type: 'string' },
        job: { type: 'string' },
        collect: { type: 'boolean' },
        export: { type: 'string' },
        browser: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readDocument(file: string): string {
  if (!isFile(file)) throw new UsageError(`${file}: there is no such experiment file.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch {
    throw new UsageError(`${file}: the file is not UTF-8 text.`);
  }
}

function folderOf(option: string, folder: string | undefined): string | null {
  if (folder === undefined) return null;
  if (!isFolder(folder)) throw new UsageError(`${option} ${folder}: there is no such folder.`);
  try {
    readdirSync(folder);
  } catch (error) {
    throw new UsageError(`${option} ${folder} ${reasonOf(codeOf(error))}.`);
  }
  return resolve(folder);
}

function baseOf(
  text: string | undefined,
  option: string | undefined,
  { HF_ENDPOINT, HF_TOKEN }: Environment,
): HeadlessArguments['base'] {
  const name = /^hub:(.*)$/.exec(text ?? '')?.[1];
  if (name === undefined) {
    if (option === undefined) return folderOf('--base', text);
    throw new UsageError('--hub-endpoint: only with --base hub:owner/name.');
  }
  try {
    const parsed = parseHubName(name);
    const endpoint = option ?? parsed.endpoint ?? given(HF_ENDPOINT);
    const token = given(HF_TOKEN);
    return {
      ...parsed,
      ...(endpoint !== undefined && { endpoint }),
      ...(token !== undefined && { token }),
    };
  } catch (error) {
    const { message, hint } = toAppError(error);
    throw new UsageError(`--base hub: ${message} ${hint}`);
  }
}

/** An empty variable is as good as none. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function executorOf(text: string): ExecutorChoice {
  if (text === 'auto' || text === 'webgpu' || text === 'cpu') return text;
  throw new UsageError(`--executor ${text}: must be auto, webgpu or cpu.`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
