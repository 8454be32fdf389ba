import type { ChunkCache } from '../../io/hub/chunk-cache.ts';
import { isWeights, openHubModel } from '../../io/hub/open-hub-model.ts';
import type { FetchOptions, HubModel, HubReference } from '../../io/hub/open-hub-model.ts';
import { checkDescription } from './import-checkpoint.ts';

/**
 * Downloads what a base needs of a model on a hub. What its small files tell is checked before the
 * weights come: gigabytes of a model that cannot be a base would be of no use.
 * @errors as openHubModel, downloadFile and checkDescription
 */
export async function fetchBase(
  reference: HubReference,
  fetcher: typeof fetch,
  cache: ChunkCache,
  options: Pick<FetchOptions, 'signal' | 'onProgress' | 'onDamage'> = {},
): Promise<HubModel> {
  const signal = options.signal && { signal: options.signal };
  const onDamage = options.onDamage && { onDamage: options.onDamage };
  const model = await openHubModel(reference, fetcher, cache, { ...signal });
  await checkDescription(
    await model.fetchFiles({ only: (name) => !isWeights(name), ...signal, ...onDamage }),
  );
  await model.fetchFiles(options);
  return model;
}
