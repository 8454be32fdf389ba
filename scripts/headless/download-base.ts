import { dirname } from 'node:path';
import { hubTitle } from '../../src/io/hub/hub-name.ts';
import type { HubReference } from '../../src/io/hub/open-hub-model.ts';
import { fetchBase } from '../../src/rec/checkpoints/fetch-base.ts';
import { FileChunkCache } from './file-chunk-cache.ts';

export interface DownloadSettings {
  /** Folder in which downloads are kept. */
  readonly folder: string;
  readonly fetch: typeof fetch;
  /** Milliseconds, any origin. */
  readonly now: () => number;
  readonly line: (text: string) => void;
}

const LINE_MS = 10_000;

/**
 * Downloads a model of a hub, or continues, or finds it whole; gives the folder of its files.
 * @errors as fetchBase
 */
export async function downloadBase(
  reference: HubReference,
  { folder, fetch, now, line }: DownloadSettings,
): Promise<string> {
  const cache = new FileChunkCache(folder);
  let lineAt = now();
  const model = await fetchBase(reference, fetch, cache, {
    onDamage: (name) => {
      line(`${name} was damaged since it was downloaded: it comes anew.`);
    },
    onProgress: (done, total, name) => {
      if (now() - lineAt < LINE_MS) return;
      lineAt = now();
      line(`Downloading ${name}: ${megabytes(done)} of ${megabytes(total)} MB`);
    },
  });
  const { commit: revision, bytes } = model;
  line(`Has ${hubTitle({ repo: reference.repo, revision })}, ${megabytes(bytes)} MB, in ${folder}`);
  // All files of a model lie in one folder; openHubModel gives none without config.json.
  const [first] = model.files.map(({ key }) => dirname(cache.pathOf(key)));
  return first ?? folder;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
