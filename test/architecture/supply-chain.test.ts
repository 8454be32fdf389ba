import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../support/sources.ts';
import { integrationFaults, supplyFaults } from '../support/supply-chain.ts';

const read = (...path: readonly string[]) => readFileSync(join(PROJECT_ROOT, ...path), 'utf8');

/** That each of these is seen where it is wrong: test/faults/build/. */
it('what comes from outside is bound to its content, may be passed on, runs nothing and is little', () => {
  expect(supplyFaults(read('package-lock.json'), read('package.json'))).toEqual([]);
});

it('continuous integration installs what is locked and runs no script of it', () => {
  expect(integrationFaults(read('.ci', 'run'))).toEqual([]);
});
