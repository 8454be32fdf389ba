import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelFiles, type ModelOptions } from '../merge/stream/model-files.ts';
import { PROJECT_ROOT } from '../support/sources.ts';

export interface MergeEnded {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of their arrival. */
  readonly text: string;
}

export interface RunningMerge {
  readonly child: ChildProcess;
  readonly ended: Promise<MergeEnded>;
}

/** Starts `npm run merge` with these arguments, in its own process, output captured. */
export function startMerge(words: readonly string[], shell = ''): RunningMerge {
  const all = ['scripts/merge.mjs', ...words];
  const [program, parameters] =
    shell === ''
      ? [process.execPath, all]
      : ['bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...all]];
  const child = spawn(program, parameters, {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, text] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
    text += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
    text += part;
  });
  const ended = new Promise<MergeEnded>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr, text });
    });
  });
  return { child, ended };
}

/** Runs it to its end. */
export function runMerge(words: readonly string[], shell = ''): Promise<MergeEnded> {
  return startMerge(words, shell).ended;
}

/** Writes the folder of a seeded model. */
export function writeModel(folder: string, seed: number, options: ModelOptions = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of modelFiles(seed, options)) writeFileSync(join(folder, name), bytes);
}

/** A model of one large tensor of zeros that takes no room on the disk. */
export function writeHollowModel(folder: string, rows: number): void {
  mkdirSync(folder, { recursive: true });
  const bytes = rows * 4 * 4;
  const entry = { dtype: 'F32', shape: [rows, 4], data_offsets: [0, bytes] };
  const header = Buffer.from(JSON.stringify({ 'model.embed_tokens.weight': entry }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(join(folder, 'model.safetensors'), 'w');
  writeFileSync(file, Buffer.concat([length, header]));
  ftruncateSync(file, 8 + header.length + bytes);
  closeSync(file);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ vocab_size: rows }));
}
