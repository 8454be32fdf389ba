import { ensureBuilt } from '../../../scripts/build.ts';
import { readFolder, type FolderFiles } from '../../../scripts/release/release-files.ts';
import { pageFaults } from '../../support/built-page.ts';
import { defineFault } from '../fault-row.ts';
import { checked } from '../given/checks.ts';

/** The files with a text added to the first whose name ends so. */
const added =
  (ending: string, text: string) =>
  (files: FolderFiles): FolderFiles => {
    const [path = '', bytes = new Uint8Array(0)] =
      [...files].find(([name]) => name.endsWith(ending)) ?? [];
    const before = new TextDecoder().decode(bytes);
    return new Map(files).set(path, new TextEncoder().encode(`${before}\n${text}`));
  };

export const fault = defineFault({
  id: 'B01',
  fault: 'the built page makes code of texts, or has code in its markup',
  expected: 'the check of the build says which file has what',
  injection: 'file',
  detects: /^check: /,
  hosts: {
    node: async (_, trial) =>
      checked(trial, readFolder(await ensureBuilt()), pageFaults, {
        eval: added('.js', 'const x = eval("1");'),
        'new Function': added('.js', 'const f = new Function("return 1");'),
        'a worker of a blob': added('.js', 'new Worker(URL.createObjectURL(new Blob([code])))'),
        innerHTML: added('.js', 'a.innerHTML = b; c.innerHTML = d;'),
        'document.write': added('.js', 'document.write(x)'),
        'an inline script': added('index.html', '<script>alert(1)</script>'),
        'an inline handler': added('index.html', '<img src=x onerror=alert(1)>'),
        'a script of another host': added(
          'index.html',
          '<script src="https://a.example/x.js"></script>',
        ),
      }),
  },
});
