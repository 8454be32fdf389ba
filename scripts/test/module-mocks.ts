import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../project.ts';

/**
 * Test files that replace a module of the project, as paths from its root. They need a process of
 * their own: in one that has loaded the module for another file, nothing is replaced.
 */
export function testsWithModuleMocks(): string[] {
  return readdirSync(join(PROJECT_ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('.browser.test.ts'))
    .filter((path) =>
      /^\s*vi\.(mock|doMock)\(/m.test(readFileSync(join(PROJECT_ROOT, path), 'utf8')),
    )
    .sort();
}
