import address from '../../lab/pack/demo-pack.json?url';
import { AppError } from '../../core/errors.ts';
import { readPack, type Pack } from '../../lab/pack/pack-schema.ts';

let loading: Promise<Pack> | null = null;

/**
 * The prebaked demo, read once. One that could not be loaded is asked for again next time.
 * @errors network-failed, and those of `readPack`
 */
export function demoPack(): Promise<Pack> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(): Promise<Pack> {
  const failed = (cause: unknown): never => {
    throw new AppError('network-failed', 'The prebaked results did not load.', {
      hint: 'Nothing is lost. Reload the page, or train it here: the grid computes the same numbers.',
      cause,
    });
  };
  const answer = await fetch(address).catch(failed);
  if (!answer.ok) failed(new Error(`HTTP ${String(answer.status)}`));
  return readPack(await answer.json().catch(failed));
}
