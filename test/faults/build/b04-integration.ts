import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { integrationFaults } from '../../support/supply-chain.ts';
import { defineFault } from '../fault-row.ts';
import { checked } from '../given/checks.ts';

export const fault = defineFault({
  id: 'B04',
  fault: 'continuous integration that runs scripts of packages, or installs what is not locked',
  expected: 'the check of its steps names the line',
  injection: 'file',
  detects: /^check: /,
  hosts: {
    node: (_, trial) =>
      checked(trial, readFileSync(join(PROJECT_ROOT, '.ci', 'run'), 'utf8'), integrationFaults, {
        'scripts run': (text) => text.replace(' --ignore-scripts', ''),
        'nothing is locked': (text) => text.replace('npm ci', 'npm install'),
        'one more is installed': (text) => `${text}\nnpm i left-pad\n`,
        'nothing is installed': (text) => text.replace(/.*npm ci.*\n/, ''),
        'nothing is tested': (text) => text.replace(/.*npm test.*\n/, ''),
      }),
  },
  notInjectable:
    'Actions pinned by commit, tokens that only read, `npm audit signatures` and the age of updates: this project has no such service.',
  isShort: true,
});
