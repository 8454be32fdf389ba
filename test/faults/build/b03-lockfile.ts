import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { supplyFaults } from '../../support/supply-chain.ts';
import { defineFault } from '../fault-row.ts';
import { checked } from '../given/checks.ts';

interface Subject {
  readonly lockfile: string;
  readonly manifest: string;
}
type Packages = Record<string, Record<string, unknown>>;

/** The lockfile with a field of a package changed; `lit` runs in a visitor's browser. */
const locked =
  (field: string, value: unknown) =>
  (subject: Subject): Subject => {
    const lockfile = JSON.parse(subject.lockfile) as { packages: Packages };
    const lit = lockfile.packages['node_modules/lit'] ?? {};
    const packages = { ...lockfile.packages, 'node_modules/lit': { ...lit, [field]: value } };
    return { ...subject, lockfile: JSON.stringify({ ...lockfile, packages }) };
  };
const named =
  (name: string, version: string) =>
  (subject: Subject): Subject => {
    const manifest = JSON.parse(subject.manifest) as { dependencies: object };
    const dependencies = { ...manifest.dependencies, [name]: version };
    return { ...subject, manifest: JSON.stringify({ ...manifest, dependencies }) };
  };

export const fault = defineFault({
  id: 'B03',
  fault: 'a package that is bound to nothing, runs when installed, or may not be passed on',
  expected: 'the check of the lockfile names it',
  injection: 'file',
  detects: /^check: /,
  hosts: {
    node: (_, trial) => {
      const read = (name: string) => readFileSync(join(PROJECT_ROOT, name), 'utf8');
      const sound = { lockfile: read('package-lock.json'), manifest: read('package.json') };
      return checked(trial, sound, (one) => supplyFaults(one.lockfile, one.manifest), {
        'no hash': locked('integrity', undefined),
        'a weak hash': locked('integrity', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='),
        'from another host': locked('resolved', 'https://example.com/lit.tgz'),
        'from a repository': locked('resolved', 'git+ssh://git@github.com/a/lit.git'),
        'without encryption': locked('resolved', 'http://registry.npmjs.org/lit/-/lit.tgz'),
        'a script when installed': locked('hasInstallScript', true),
        'another licence': locked('license', 'AGPL-3.0'),
        'no licence': locked('license', undefined),
        'another version': locked('version', '0.0.1'),
        'a range of versions': named('lit', '^3.3.3'),
        'a package that is not locked': named('left-pad', '1.3.0'),
      });
    },
  },
  notInjectable:
    'Known weaknesses and signatures of packages: `npm audit` asks a server, which continuous integration may not reach.',
  isShort: true,
});
