import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { PROJECT_ROOT } from './project.ts';

/**
 * A text as `npm run format` would leave it in a file of that name. What the formatter passes over stands in
 * `.oxfmtrc.json`: what programs made, and AssemblyScript, whose decorators on functions it does not read.
 * @throws Error where it cannot be read as such a file
 */
export async function formatted(path: string, text: string): Promise<string> {
  const { printWidth, singleQuote } = styleOfProject();
  const { code, errors } = await format(path, text, { printWidth, singleQuote });
  if (errors.length === 0) return code;
  throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);
}

function styleOfProject(): { printWidth: number; singleQuote: boolean } {
  const text = readFileSync(join(PROJECT_ROOT, '.oxfmtrc.json'), 'utf8');
  return JSON.parse(text) as { printWidth: number; singleQuote: boolean };
}
