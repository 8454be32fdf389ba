/** What is held against a lockfile and a manifest; both as text, so that a changed one can be looked at. */

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

/** What may be passed on with the page or used to build it. */
const LICENCES = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];
const TOOL_LICENCES = [...LICENCES, 'BlueOak-1.0.0', 'MPL-2.0'];

/** They only look whether their binary runs: everything works without (`npm ci --ignore-scripts`). */
const INSTALL_SCRIPTS = ['node_modules/esbuild', 'node_modules/webgpu'];

/** A visitor's browser runs these: one more is a decision, not an accident. */
const MOST_DIRECT = 10;
const MOST_AT_RUNTIME = 20;

/** Everything that is wrong with what comes from outside, in sentences. */
export function supplyFaults(lockfile: string, packageJson: string): readonly string[] {
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, LockedPackage> };
  const manifest = JSON.parse(packageJson) as Manifest;
  const locked = Object.entries(packages).filter(([path]) => path !== '');
  const atRuntime = locked.filter(([, { dev }]) => dev !== true);
  const given = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const isAllowed = (list: readonly string[], { license }: LockedPackage): boolean =>
    list.includes(license ?? 'none');
  const direct = Object.keys(manifest.dependencies).length;
  return [
    ...(locked.length < 100 ? ['the lockfile is not that of this project'] : []),
    ...locked
      .filter(([, one]) => isLoose(one))
      .map(([path]) => `${path} is not bound to its content`),
    ...given
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))
      .map(([name]) => `${name} is named by no exact version`),
    ...given
      .filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)
      .map(([name]) => `${name} is locked at another version`),
    ...locked
      .filter(([, one]) => !isAllowed(one.dev === true ? TOOL_LICENCES : LICENCES, one))
      .map(([path, { license }]) => `${path} has the licence ${license ?? 'none'}`),
    ...locked
      .filter(([path, one]) => one.hasInstallScript === true && !INSTALL_SCRIPTS.includes(path))
      .map(([path]) => `${path} runs a script when it is installed`),
    ...(direct > MOST_DIRECT ? [`${String(direct)} packages are asked for at run time`] : []),
    ...(atRuntime.length > MOST_AT_RUNTIME || atRuntime.length < direct
      ? [`${String(atRuntime.length)} packages run in a visitor's browser`]
      : []),
  ];
}

function isLoose({ version, integrity, resolved, link }: LockedPackage): boolean {
  return (
    link === true ||
    !/^\d+\.\d+\.\d+/.test(version) ||
    !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ||
    (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'))
  );
}

/** What is wrong with the steps of continuous integration. */
export function integrationFaults(steps: string): readonly string[] {
  const installs = steps.match(/^.*\bnpm (ci|i|install)\b.*$/gm) ?? [];
  return [
    ...(installs.length === 0 ? ['nothing is installed from the lockfile'] : []),
    ...installs
      .filter((line) => !/npm ci\b.*--ignore-scripts/.test(line))
      .map((line) => `"${line.trim()}" may run scripts of packages or change the lockfile`),
    ...(/^.*npm test/m.test(steps) ? [] : ['the tests are not run']),
  ];
}
