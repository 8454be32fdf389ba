import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { PROJECT_ROOT } from '../project.ts';
import {
  archive,
  checksums,
  differing,
  licences,
  readFolder,
  withDependencies,
  type FolderFiles,
} from './release-files.ts';

const USAGE = 'npm run release -- [--out DIR]   (default: release)';

process.exitCode = await main();

/** The static site as one archive, with checksums; built twice, and refused where the two differ. */
async function main(): Promise<number> {
  let out: string;
  try {
    const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } });
    out = resolve(values.out);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const [first, second] = [await built(), await built()];
  const faults = differing(first, second);
  if (faults.length > 0) {
    console.error(
      `Two builds of the same sources differ, so nothing was written:\n${faults.join('\n')}`,
    );
    return 1;
  }
  const { version, dependencies } = JSON.parse(
    readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'),
  ) as { readonly version: string; readonly dependencies: Readonly<Record<string, string>> };
  const modules = join(PROJECT_ROOT, 'node_modules');
  const name = `mmgrid-playground-${version}`;
  const text = (value: string) => new TextEncoder().encode(value);
  const site = new Map([
    ...first,
    ['LICENSE.txt', readFileSync(join(PROJECT_ROOT, 'LICENSE'))],
    [
      'LICENSES-OF-PACKAGES.txt',
      text(licences(modules, withDependencies(modules, Object.keys(dependencies)))),
    ],
  ]);
  const whole = new Map([...site, ['SHA256SUMS', text(checksums(site))]]);
  const zip = archive(whole, name);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${name}.zip`), zip);
  writeFileSync(join(out, 'SHA256SUMS'), checksums(new Map([[`${name}.zip`, zip]])));
  console.log(
    `Two builds gave the same ${String(first.size)} files.\n` +
      `${join(out, `${name}.zip`)}: ${(zip.length / 2 ** 20).toFixed(2)} MB; its checksum stands in SHA256SUMS beside it.\n` +
      `Unpacked, any static host serves it, from any path.`,
  );
  return 0;
}

async function built(): Promise<FolderFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'mmgrid-release-'));
  try {
    const outDir = join(folder, 'site');
    await build({
      root: PROJECT_ROOT,
      mode: 'production',
      logLevel: 'warn',
      build: { outDir, emptyOutDir: true },
    });
    return readFolder(outDir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
