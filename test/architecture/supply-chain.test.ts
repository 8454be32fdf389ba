import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/sources.ts';

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly link?: boolean;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(join(PROJECT_ROOT, name), 'utf8')) as T;
const manifest = read<Manifest>('package.json');
const { packages } = read<{ packages: Readonly<Record<string, LockedPackage>> }>(
  'package-lock.json',
);
const locked = Object.entries(packages).filter(([path]) => path !== '');
const atRuntime = locked.filter(([, { dev }]) => dev !== true);

/** What may be passed on with the page or used to build it. */
const LICENCES = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];
const TOOL_LICENCES = [...LICENCES, 'BlueOak-1.0.0', 'MPL-2.0'];

/** They only look whether their binary runs: everything works without (`npm ci --ignore-scripts`). */
const INSTALL_SCRIPTS = ['node_modules/esbuild', 'node_modules/webgpu'];

/** A visitor's browser runs these: one more is a decision, not an accident. */
const MOST_DIRECT = 10;
const MOST_AT_RUNTIME = 20;

describe('what comes from outside', () => {
  it('is bound to its content: a registry version with a SHA-512 each', () => {
    const loose = locked.filter(
      ([, { version, integrity, resolved, link }]) =>
        link === true ||
        !/^\d+\.\d+\.\d+/.test(version) ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ||
        (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    );
    expect(locked.length).toBeGreaterThan(100);
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('is named by exact versions', () => {
    const given = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(given.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    for (const [name, version] of given) {
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it('may be used and passed on', () => {
    const allowed = (list: readonly string[], [, { license }]: (typeof locked)[number]): boolean =>
      list.includes(license ?? 'none');
    const wrong = [
      ...atRuntime.filter((one) => !allowed(LICENCES, one)),
      ...locked.filter((one) => !allowed(TOOL_LICENCES, one)),
    ];
    expect(wrong.map(([path, { license }]) => `${path}: ${license ?? 'none'}`)).toEqual([]);
  });

  it('runs nothing when it is installed, but for two that are known', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(scripted.map(([path]) => path)).toEqual(INSTALL_SCRIPTS);
    const ci = readFileSync(join(PROJECT_ROOT, '.ci', 'run'), 'utf8');
    expect(ci).toContain('npm ci --ignore-scripts');
  });

  it('is little where a visitor runs it', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(MOST_DIRECT);
    expect(atRuntime.length).toBeGreaterThanOrEqual(Object.keys(manifest.dependencies).length);
    expect(atRuntime.map(([path]) => path).length).toBeLessThanOrEqual(MOST_AT_RUNTIME);
  });
});
