import { AppError } from '../../../src/core/errors.ts';
import { readPack } from '../../../src/lab/pack/pack-schema.ts';
import { samplePack } from '../../ui/samples/sample-pack.ts';
import { fileNamed, jsonFile, promise, textFile, textOf, type FuzzKind } from '../fuzz-kind.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn } from '../mutate/pick.ts';

const FILE = 'pack.json';

/** Prebaked results of the page's start. */
export const packsKind: FuzzKind = {
  name: 'packs',
  reads: 'prebaked results',
  refuses: ['data-invalid', 'network-failed', 'version-mismatch'],
  seeds: () => Promise.resolve([{ name: 'small', input: [jsonFile(FILE, smallPack())] }]),
  mutate(input, random) {
    const file = fileNamed(input, FILE);
    if (oneIn(15, random)) return [{ name: FILE, bytes: mutateBytes(file.bytes, random) }];
    return [textFile(FILE, mutateJson(textOf(file), random))];
  },
  read(input) {
    let value: unknown;
    try {
      value = JSON.parse(textOf(fileNamed(input, FILE)));
    } catch (cause) {
      // In the page the answer of the network is no JSON.
      throw new AppError('network-failed', 'No JSON.', { cause });
    }
    const { shares, shops, curves } = readPack(value);
    const isShown = (
      titles: readonly string[],
      { items, chances }: (typeof LIST)[number],
    ): boolean =>
      items.every((item) => typeof titles[item] === 'string') &&
      chances.length === items.length &&
      chances.every((chance) => chance >= 0 && chance <= 1);
    for (const { titles, customers } of shops) {
      for (const { history, taken, parents } of customers) {
        promise(
          [...history, taken].every((item) => item in titles),
          'an item without a title',
        );
        promise(
          parents.every((list) => isShown(titles, list)),
          'a list shows what is not there',
        );
      }
    }
    for (const curve of curves) {
      curve.shops.forEach(({ points, lists }, at) => {
        promise(points.length === shares.length, 'a share without a point');
        promise(
          points.every(({ recall }) => recall >= 0 && recall <= 100),
          'a recall is none',
        );
        const titles = shops[at]?.titles ?? [];
        promise(
          lists.flat().every((list) => isShown(titles, list)),
          'a list shows what is not there',
        );
      });
    }
    return Promise.resolve();
  },
};

const LIST: readonly { readonly items: readonly number[]; readonly chances: readonly number[] }[] =
  [];

/** One method is like another to a reader. */
function smallPack(): unknown {
  const pack = samplePack();
  return { ...pack, curves: pack.curves.slice(0, 2) };
}
