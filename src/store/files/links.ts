import { lstatSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { AppError } from '../../core/errors.ts';

/**
 * Refuses a place to write at whose folder below `root` is a symbolic link: what we write stays in the
 * folder that we were given. The root itself may be one: it was named. A file of that name that is a
 * link is replaced, not followed.
 * @errors storage-unavailable
 */
export function refuseLinks(root: string, target: string): void {
  let at = root;
  for (const part of relative(root, target).split(sep).slice(0, -1)) {
    at = join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    throw new AppError(
      'storage-unavailable',
      `${at} is a symbolic link: nothing is written there.`,
      {
        hint: 'Results stay inside of the out folder. Remove the link or choose another --out.',
      },
    );
  }
}
