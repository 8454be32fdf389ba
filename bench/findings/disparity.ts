import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/rng.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import {
  bodyName,
  disparityOf,
  type MatchedChange,
} from '../../src/merge/analysis/matched-tensors.ts';

/**
 * Task vectors of models of several documents, over the tensors of the body that they share with one
 * base: `node --import tsx bench/findings/disparity.ts --base FOLDER MODEL MODEL [MODEL …] [--permutations 100]`,
 * with checkpoint folders of headless runs. Of embeddings give the folder `item_encoder`. Prints JSON.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { base: { type: 'string' }, permutations: { type: 'string', default: '100' } },
});
if (values.base === undefined || positionals.length < 2) {
  throw new Error('Usage: disparity.ts --base FOLDER MODEL MODEL [MODEL …] [--permutations 100]');
}
const base = await bodyOf(values.base);
const models = await Promise.all(
  positionals.map(async (folder) => ({ folder, body: await bodyOf(folder) })),
);
const found = [];
for (const [place, { folder: a, body: first }] of models.entries()) {
  for (const { folder: b, body: second } of models.slice(place + 1)) {
    const changes = [...base].flatMap(([name, before]): MatchedChange[] => {
      const [one, two] = [first.get(name), second.get(name)];
      if (one?.length !== before.length || two?.length !== before.length) return [];
      return [{ name, a: changeOf(one, before), b: changeOf(two, before) }];
    });
    if (changes.length === 0) throw new Error(`${a} and ${b} share no tensor with the base.`);
    const random = new RandomStream(0, 'disparity');
    const { permuted, ...rest } = disparityOf(changes, Number(values.permutations), random);
    found.push({ a: nameOf(a), b: nameOf(b), tensors: changes.length, ...rest, permuted });
  }
}
console.log(JSON.stringify(found, null, 1));

async function bodyOf(folder: string): Promise<Map<string, Float32Array>> {
  const path = join(folder, 'model.safetensors');
  const file = readSafetensors(new Uint8Array(await readFile(path)), path);
  const body = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) {
    const short = bodyName(name);
    if (short !== null) body.set(short, file.floats(name));
  }
  return body;
}

function changeOf(model: Float32Array, before: Float32Array): Float32Array {
  return model.map((value, i) => value - (before[i] ?? NaN));
}

function nameOf(folder: string): string {
  const last = basename(folder);
  return last === 'item_encoder' ? `${basename(dirname(folder))}/${last}` : last;
}
