import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../support/sources.ts';

const TINY = readFileSync(join(PROJECT_ROOT, 'experiments', 'tiny.yaml'), 'utf8');

/** The tiny experiment with two domains, one stage and some merges: 21 jobs. */
export function oneStageText(): string {
  return TINY.replace(/ +- \{ name: phase\d,.*\n/g, '')
    .replace(/ +phase\d: .*\n/g, '')
    .replace(/^ +- \{ name: velocity.*\n/m, '');
}

/** One domain, one stage, no merges: the least that trains and is measured. */
export function oneCellText(): string {
  return oneStageText()
    .replace('[Games, Books]', '[Games]')
    .replace(/^merges:\n( .*\n)+/m, '');
}
