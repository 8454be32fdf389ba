import { hubTitle } from '../../src/io/hub/hub-name.ts';
import { isWeights } from '../../src/io/hub/open-hub-model.ts';
import type { HubReference } from '../../src/io/hub/open-hub-model.ts';
import { fetchBase } from '../../src/rec/checkpoints/fetch-base.ts';
import type { DownloadStore, KeptDownload } from '../../src/store/download-store.ts';
import type { HubApi, HubDownload, KeptModel } from '../lab/api.ts';

export interface HubParts {
  readonly openStore: () => Promise<DownloadStore>;
  readonly fetch: typeof fetch;
}

/** Downloads models, one at a time, and keeps them; it knows nothing of experiments and data. */
export class HubService implements HubApi {
  private readonly parts: HubParts;
  private store: Promise<DownloadStore> | null = null;
  private current: AbortController | null = null;

  constructor(parts: HubParts) {
    this.parts = parts;
  }

  async download(
    reference: HubReference,
    onProgress?: (doneBytes: number, totalBytes: number, file: string) => void,
  ): Promise<HubDownload> {
    this.current?.abort();
    const controller = new AbortController();
    this.current = controller;
    const { signal } = controller;
    const store = await this.opened();
    const model = await fetchBase(reference, this.parts.fetch, store, {
      signal,
      onProgress: (done, total, name) => onProgress?.(done, total, name),
    });
    const files = [];
    for (const { name, key } of model.files) files.push({ name, blob: await store.blob(key) });
    return { title: hubTitle({ repo: reference.repo, revision: model.commit }), files };
  }

  cancel(): Promise<void> {
    this.current?.abort();
    return Promise.resolve();
  }

  async kept(): Promise<readonly KeptModel[]> {
    const models = new Map<string, KeptDownload[]>();
    for (const file of await (await this.opened()).list()) {
      const { id } = modelOf(file.key);
      models.set(id, [...(models.get(id) ?? []), file]);
    }
    return [...models].map(([id, files]) => ({
      id,
      title: modelOf(files[0]?.key ?? id).title,
      keptBytes: files.reduce((sum, { kept }) => sum + kept, 0),
      isWhole: files.every(({ verified }) => verified) && hasAllWeights(files),
    }));
  }

  async forget(id: string): Promise<void> {
    const store = await this.opened();
    for (const { key } of await store.list()) {
      if (modelOf(key).id === id) await store.remove(key);
    }
  }

  /** Anew where the last one was closed under us, or could not be opened. */
  private async opened(): Promise<DownloadStore> {
    const held = (this.store ??= this.parts.openStore());
    const store = await held.catch((error: unknown) => {
      if (this.store === held) this.store = null;
      throw error;
    });
    if (!store.isEnded) return store;
    if (this.store === held) this.store = null;
    return this.opened();
  }
}

/** One file, or as many shards as their names say. */
function hasAllWeights(files: readonly KeptDownload[]): boolean {
  const weights = files.filter(({ key }) => isWeights(key));
  const count = /-of-(\d+)\.safetensors$/.exec(weights[0]?.key ?? '')?.[1];
  return weights.length === Number(count ?? 1);
}

/** A file's key is its address: `<endpoint>/<repo>/resolve/<commit>/<file>`. */
function modelOf(key: string): { readonly id: string; readonly title: string } {
  const [, id = key, address = '', commit = ''] =
    /^((.*)\/resolve\/([^/]+))\/[^/]+$/.exec(key) ?? [];
  const repo = URL.canParse(address) ? new URL(address).pathname.slice(1) : address;
  return { id, title: hubTitle({ repo, revision: commit }) };
}
