import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { openFileStore } from '../../src/store/files/open-file-store.ts';
import { SnapshotStore } from '../../src/store/snapshots.ts';
import { freshFolder } from '../support/fresh-folder.ts';
import { safetensorsBytes, tinyTensors, TINY } from '../support/models/tiny-checkpoint.ts';
import { hasPython, secondReader } from '../support/second-reader.ts';

const AT = '2024-01-02T03:04:05.000Z';
const layout = layoutOf([[{ name: 'w', shape: [3, 5] }], [{ name: 'b', shape: [5] }]]);
/** Numbers that every language writes in its own way, and names whose order is not that of code points. */
const ODD = [1e21, 1e-7, 123456789012345680000, 5e-324, -0, 0.1 + 0.2, 1 / 3, 1e300, -1.5e-10, 100];
const NAMES = { '\u{ffff}': 1, '\u{1f600}': 2, é: 3, a: '"\\\n\u0001\u2028' };

async function filledStore(): Promise<string> {
  const root = freshFolder();
  const store = openFileStore(root);
  const info = { name: 'é 😀', layout, config: { odd: ODD, ...NAMES }, createdAt: AT };
  const arena = Float32Array.from({ length: layout.length }, (_, at) => Math.sin(at));
  await new CheckpointStore(store).put(
    'wide',
    { ...info, meta: { loss: NaN, not: undefined } },
    arena,
  );
  const halves = arena.map((value) => Math.round(value * 8) / 8);
  await new CheckpointStore(store).put('narrow', { ...info, meta: { far: -Infinity } }, halves);
  const value = { odd: ODD, ...NAMES, codes: new Uint16Array([1, 2, 65535]), scores: arena };
  await new ArtefactStore(store).put('rows', 'results', value, AT);
  await new SnapshotStore(store).put('run', { step: 3, best: Infinity, odd: ODD }, [
    { name: 'weights', read: () => arena },
    { name: 'moments', read: () => Float64Array.from(ODD) },
  ]);
  return root;
}

/** Changes one bit of a file; the middle one of its bytes if not told which. */
function flip(path: string, place?: number): void {
  const bytes = readFileSync(path);
  const at = place ?? bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe.skipIf(!hasPython)('the second reader', () => {
  test('opens a store and finds every damaged byte of a file', async () => {
    const root = await filledStore();
    const { status, text } = secondReader(root);
    expect([status, text]).toEqual([0, expect.stringContaining('All of it is sound.')]);
    const counted = ['4  stored jobs', '2  stored models', '1  stored results', '1  snapshots'];
    for (const line of counted) expect(text).toContain(line);
    const files = [
      'wide/chunk-000000.bin',
      'narrow/manifest.json',
      'rows/value.bin',
      'rows/head.json',
      'run~0/part-000001.bin',
      'wide/job.json',
    ];
    for (const file of files) {
      const damaged = freshFolder();
      cpSync(root, damaged, { recursive: true });
      flip(join(damaged, 'jobs', file));
      const found = secondReader(damaged);
      expect([file, found.status]).toEqual([file, 1]);
      expect(found.text).toContain(file.split('/')[0]);
    }
  });

  test('finds what no hash tells: a file too many, and one put aside', async () => {
    const root = await filledStore();
    writeFileSync(join(root, 'jobs', 'wide', 'left.bin'), 'x');
    mkdirSync(join(root, 'damaged', 'other'), { recursive: true });
    const { status, text } = secondReader(root);
    expect(status).toBe(1);
    expect(text).toContain('left.bin is not in job.json');
    expect(text).toContain('was found damaged and put aside');
  });

  test('reads weights and tables, and sees what is no number and what is no mean', () => {
    const out = freshFolder();
    const columns =
      'model_id,model,kind,eval_domain,eval_period,split,metric,k,value,stderr,n_users,seed';
    const row = (value: string) => `id,m,cell,A,test,test,recall,10,${value},1,3,1\n`;
    const user = (worth: number) => `id,m,cell,A,test,test,1,u${String(worth)},${String(worth)}\n`;
    const users = `model_id,model,kind,eval_domain,eval_period,split,seed,user,recall@10\n`;
    writeFileSync(join(out, 'users.csv'), users + [100, 0, 25].map(user).join(''));
    writeFileSync(join(out, 'results.csv'), `${columns}\n${row(String(125 / 3))}`);
    const weights = safetensorsBytes(tinyTensors(TINY, 'BF16'));
    writeFileSync(join(out, 'model.safetensors'), weights);
    const sound = secondReader(out);
    expect([sound.status, sound.text]).toEqual([
      0,
      expect.stringContaining('1  safetensors files'),
    ]);
    expect(sound.text).toContain('1  results that are the mean of their users');
    // The last weight becomes a NaN.
    weights.set([0xc0, 0x7f], weights.length - 2);
    writeFileSync(join(out, 'model.safetensors'), weights);
    writeFileSync(join(out, 'results.csv'), `${columns}\n${row('41.66')}${row('41.66')}`);
    const { status, text } = secondReader(out);
    expect(status).toBe(1);
    expect(text).toMatch(/model\.safetensors: .*: 1 of \d+ values are no numbers/);
    expect(text).toContain("says 41.66, its users' mean is 41.6666");
    expect(text).toContain('results.csv:3: stands there twice');
    // What cannot be read at all.
    flip(join(out, 'model.safetensors'), 0);
    expect(secondReader(out).text).toContain('is no JSON');
  });

  test('says where there is nothing to read', () => {
    expect(secondReader(freshFolder()).status).toBe(2);
    expect(secondReader(join(freshFolder(), 'nothing')).status).toBe(2);
    expect(secondReader().status).toBe(2);
  });
});
