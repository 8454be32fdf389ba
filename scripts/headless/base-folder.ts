import { join } from 'node:path';
import type { AppError } from '../../src/core/errors.ts';
import { NO_IMPORT, wrongDocument } from '../../workers/lab/refusal.ts';
import type { HeadlessArguments } from './arguments.ts';
import { importsBase, isYaml } from './base-of-document.ts';
import { downloadBase } from './download-base.ts';
import { EXIT } from './exit-codes.ts';

/** A download that broke off: the same command continues it. All else is wrong input. */
const NETWORK_CODES: readonly AppError['code'][] = [
  'network-failed',
  'rate-limited',
  'checksum-mismatch',
  'internal',
];

/**
 * The folder of the base, downloaded where it is on a hub and the document wants one.
 * @errors as downloadBase; experiment-invalid when the document imports none
 */
export async function baseFolder(
  { base, document, storeDir }: Pick<HeadlessArguments, 'base' | 'document' | 'storeDir'>,
  line: (text: string) => void,
): Promise<string | null> {
  if (base === null || typeof base === 'string') return base;
  // Faults of the document are for the run to list: nothing is downloaded then.
  if (!isYaml(document)) return null;
  if (!importsBase(document)) throw wrongDocument([NO_IMPORT]);
  return downloadBase(base, {
    folder: join(storeDir, 'hub'),
    fetch,
    now: () => performance.now(),
    line,
  });
}

/** How the program ends without its base. */
export function exitWithoutBase({ code }: AppError): number {
  return NETWORK_CODES.includes(code) ? EXIT.failed : EXIT.inputWrong;
}
