import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { bundledProgram } from '../../support/bundled-program.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { hasPython, secondReader } from '../../support/second-reader.ts';

const KILLS = 20;

/** Writes models and results of known content for ever, and says each that is acknowledged. */
const WRITER = `
  import { layoutOf } from './src/core/layout.ts';
  import { ArtefactStore } from './src/store/artefacts.ts';
  import { CheckpointStore } from './src/store/checkpoints.ts';
  import { openFileStore } from './src/store/files/open-file-store.ts';
  const [, , root, first] = process.argv;
  const store = openFileStore(root);
  const [checkpoints, artefacts] = [new CheckpointStore(store), new ArtefactStore(store)];
  const layout = layoutOf([[{ name: 'w', shape: [500, 500] }]]);
  const at = '2024-01-01T00:00:00Z';
  for (let n = Number(first); ; n++) {
    const info = { name: 'model ' + n, layout, config: {}, createdAt: at, meta: { n } };
    // Half of them replace an older one.
    const id = 'model' + (n % 2 === 0 ? n : 'same');
    await checkpoints.put(id, info, new Float32Array(layout.length).fill(n));
    process.stdout.write(id + ' ' + n + '\\n');
    await artefacts.put('result' + n, 'rows', { n, codes: new Uint16Array(1000).fill(n) }, at);
    process.stdout.write('result' + n + ' ' + n + '\\n');
  }
`;

/** Lets the writer say some words and work for a while; gives what it acknowledged. */
function killedAfter(
  writer: string,
  root: string,
  first: number,
  words: number,
  delayMs: number,
): Promise<[string, number][]> {
  const child = spawn(process.execPath, [writer, root, String(first)], {
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

describe('a writer that is killed', () => {
  it(`at ${KILLS} random moments tears nothing and loses nothing that it acknowledged`, async () => {
    const root = freshFolder();
    const writer = await bundledProgram(WRITER, freshFolder());
    const random = new RandomStream(20, 'kills');
    const acknowledged = new Map<string, number>();
    let caught = 0;
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const words = 1 + Math.floor(random.nextUniform() * 5);
      for (const [id, n] of await killedAfter(
        writer,
        root,
        next,
        words,
        random.nextUniform() * 30,
      )) {
        acknowledged.set(id, n);
        next = Math.max(next, n + 1);
      }
      caught += readdirSync(join(root, 'temp')).length > 0 ? 1 : 0;
      next += 2;
    }
    const notices: string[] = [];
    const store = openFileStore(root, { onNotice: (text) => notices.push(text) });
    expect(readdirSync(join(root, 'temp'))).toEqual([]);
    const [checkpoints, artefacts] = [new CheckpointStore(store), new ArtefactStore(store)];
    for (const { id } of await checkpoints.list()) {
      const found = await checkpoints.get(id);
      const n = found?.manifest.meta['n'];
      expect(new Set(found?.arena)).toEqual(new Set([n]));
    }
    for (const { id } of await artefacts.list()) {
      const { n, codes } = (await artefacts.get(id))?.value as { n: number; codes: Uint16Array };
      expect(new Set(codes)).toEqual(new Set([n]));
    }
    // Whatever was damaged would have been put aside, and told.
    expect(notices).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(KILLS);
    for (const [id, n] of acknowledged) {
      if (id.startsWith('result')) expect(await artefacts.has(id)).toBe(true);
      // A newer one may have been written and not been acknowledged.
      else expect((await checkpoints.get(id))?.manifest.meta['n']).toBeGreaterThanOrEqual(n);
    }
    if (hasPython) {
      const { status, text } = secondReader(root);
      expect([status, text]).toEqual([0, expect.stringContaining('All of it is sound.')]);
    }
    // Or the test would be of kills between two writes only.
    expect(caught).toBeGreaterThan(0);
  }, 300_000);
});
