import { ensureBuilt } from '../../../scripts/build.ts';
import { differing, readFolder, type FolderFiles } from '../../../scripts/release/release-files.ts';
import { defineFault } from '../fault-row.ts';
import { checked } from '../given/checks.ts';

const withFile =
  (path: string, change: (bytes: Uint8Array) => Uint8Array) => (files: FolderFiles) => {
    const name = [...files.keys()].find((one) => one.endsWith(path)) ?? path;
    return new Map(files).set(name, change(files.get(name)?.slice() ?? new Uint8Array(0)));
  };

export const fault = defineFault({
  id: 'B05',
  fault: 'a second build with other bytes, a file more or a file less',
  expected: 'the release is refused and the files are named',
  injection: 'file',
  detects: /^check: \S+ differs/,
  hosts: {
    node: async (_, trial) => {
      const first = readFolder(await ensureBuilt());
      // The long run builds once more; the short one compares a build with itself.
      const second = trial.isLong ? readFolder(await ensureBuilt('production', true)) : first;
      const faultsOf = (files: FolderFiles) =>
        differing(first, files).map((path) => `${path} differs`);
      return checked(trial, second, faultsOf, {
        'a bit': withFile('.js', (bytes) => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte))),
        'a byte more': withFile('index.html', (bytes) => Uint8Array.of(...bytes, 10)),
        'a file more': withFile('more.txt', (bytes) => bytes),
        'a file less': (files) => {
          const [, ...rest] = [...files];
          return new Map(rest);
        },
      });
    },
  },
  notInjectable:
    'Two builds of the same sources, in the short run: it compares a build with itself; the long one and every release build twice.',
});
