import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomStream } from '../../src/core/rng.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import { bundledProgram } from './bundled-program.ts';

/** Writes models and results of known content, for ever or so many, and says each that is acknowledged. */
const WRITER = `
  import { layoutOf } from './src/core/layout.ts';
  import { ArtefactStore } from './src/store/artefacts.ts';
  import { CheckpointStore } from './src/store/checkpoints.ts';
  import { openFileStore } from './src/store/files/open-file-store.ts';
  const [, , root, first, rounds = Infinity] = process.argv;
  const store = openFileStore(root);
  const [checkpoints, artefacts] = [new CheckpointStore(store), new ArtefactStore(store)];
  const layout = layoutOf([[{ name: 'w', shape: [500, 500] }]]);
  const at = '2024-01-01T00:00:00Z';
  for (let n = Number(first); n < Number(first) + Number(rounds); n++) {
    const info = { name: 'model ' + n, layout, config: {}, createdAt: at, meta: { n } };
    // Half of them replace an older one.
    const id = 'model' + (n % 2 === 0 ? n : 'same');
    await checkpoints.put(id, info, new Float32Array(layout.length).fill(n));
    process.stdout.write(id + ' ' + n + '\\n');
    await artefacts.put('result' + n, 'rows', { n, codes: new Uint16Array(1000).fill(n) }, at);
    process.stdout.write('result' + n + ' ' + n + '\\n');
  }
`;

interface Kill {
  /** What the writer says before it is killed, and how long it then works. */
  readonly words: number;
  readonly delayMs: number;
}

/** Lets the writer say some words and work for a while, or to its end; gives what it acknowledged. */
function acknowledgedBy(
  writer: string,
  root: string,
  first: number,
  kill: Kill | null,
): Promise<[string, number][]> {
  const rounds = kill === null ? ['2'] : [];
  const { words, delayMs } = kill ?? { words: Infinity, delayMs: 0 };
  const child = spawn(process.execPath, [writer, root, String(first), ...rounds], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    const isEnough = (said: string) => said.split('\n').length > words;
    if (!isEnough(text) && isEnough(text + more)) setTimeout(() => child.kill('SIGKILL'), delayMs);
    text += more;
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      const lines = text.split('\n').slice(0, -1);
      resolve(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
    });
  });
}

export interface KillReport {
  /** How many results each kill's process had acknowledged. */
  readonly acknowledged: readonly number[];
  /** Kills that left something half-written behind. */
  readonly caught: number;
  /** What is not whole, or not what was written. */
  readonly torn: readonly string[];
  /** What was acknowledged and is not there. */
  readonly lost: readonly string[];
}

export interface KillOptions {
  readonly isKilled?: boolean;
  readonly isTimeUp?: () => boolean;
}

/**
 * Kills processes that write into one store, each at a random moment, and looks what is in it then.
 * @param options isKilled: false lets each come to an end instead; isTimeUp: no further one is begun
 */
export async function killWriters(
  kills: number,
  random: RandomStream,
  { root, programs }: { readonly root: string; readonly programs: string },
  { isKilled = true, isTimeUp = () => false }: KillOptions = {},
): Promise<KillReport> {
  const writer = await bundledProgram(WRITER, programs);
  const newest = new Map<string, number>();
  const acknowledged: number[] = [];
  let caught = 0;
  let next = 0;
  for (let kill = 0; kill < kills && (kill === 0 || !isTimeUp()); kill++) {
    const words = 1 + Math.floor(random.nextUniform() * 5);
    const moment = { words, delayMs: random.nextUniform() * 30 };
    const said = await acknowledgedBy(writer, root, next, isKilled ? moment : null);
    for (const [id, n] of said) {
      newest.set(id, n);
      next = Math.max(next, n + 1);
    }
    acknowledged.push(said.length);
    caught += readdirSync(join(root, 'temp')).length > 0 ? 1 : 0;
    next += 2;
  }
  return { acknowledged, caught, ...(await lookInto(root, newest)) };
}

async function lookInto(
  root: string,
  newest: ReadonlyMap<string, number>,
): Promise<Pick<KillReport, 'torn' | 'lost'>> {
  // Whatever is damaged is put aside, and told.
  const torn: string[] = [];
  const store = openFileStore(root, { onNotice: (text) => torn.push(text) });
  torn.push(...readdirSync(join(root, 'temp')).map((name) => `temp/${name} is left`));
  const [checkpoints, artefacts] = [new CheckpointStore(store), new ArtefactStore(store)];
  const isOf = (values: Iterable<unknown>, n: unknown): boolean => {
    const different = new Set(values);
    return different.size === 1 && different.has(n);
  };
  for (const { id, meta } of await checkpoints.list()) {
    const found = await checkpoints.get(id);
    if (found === null || !isOf(found.arena, meta['n'])) torn.push(id);
  }
  for (const { id } of await artefacts.list()) {
    const { n, codes } = (await artefacts.get(id))?.value as { n: number; codes: Uint16Array };
    if (!isOf(codes, n)) torn.push(id);
  }
  const lost: string[] = [];
  for (const [id, n] of newest) {
    const isThere = id.startsWith('result')
      ? await artefacts.has(id)
      : // A newer one may have been written and not been acknowledged.
        Number((await checkpoints.get(id))?.manifest.meta['n'] ?? -1) >= n;
    if (!isThere) lost.push(id);
  }
  return { torn, lost };
}
