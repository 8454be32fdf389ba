import { AppError } from '../../src/core/errors.ts';
import address from '../../src/lab/pack/demo-models.bin?url';
import index from '../../src/lab/pack/demo-models.json';
import type { PrebakedSource } from './held-prebaked.ts';

/** The trained grid of the demo, loaded when its document is looked at and not before. */
export const DEMO_MODELS: PrebakedSource = {
  models: index.models,
  read: async () => {
    const failed = (cause: unknown): never => {
      throw new AppError('network-failed', 'The prebaked models did not load.', {
        hint: 'Nothing is lost. Reload the page, or train it here: the grid computes the same.',
        cause,
      });
    };
    const answer = await fetch(address).catch(failed);
    if (!answer.ok) failed(new Error(`HTTP ${String(answer.status)}`));
    return new Uint8Array(await answer.arrayBuffer().catch(failed));
  },
};
