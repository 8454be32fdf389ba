import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { CONFIG_FILE, INDEX_FILE, WEIGHTS_FILE } from '../import/model-folder.ts';
import { cachedSource } from './cached-source.ts';
import type { ChunkCache } from './chunk-cache.ts';
import { downloadFile } from './download-file.ts';
import type { HubFile } from './download-file.ts';
import { isRepo } from './hub-name.ts';
import type { HubName } from './hub-name.ts';
import { hubRequest, TransientFailure, withRetries } from './hub-request.ts';
import type { HubConnection } from './hub-request.ts';

export const DEFAULT_ENDPOINT = 'https://huggingface.co';
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_CHUNK_BYTES = 8 * 2 ** 20;

export interface HubReference extends HubName {
  /** Of an account that may read the model. Sent to the endpoint only. */
  readonly token?: string;
}

export interface HubOptions {
  readonly signal?: AbortSignal;
  readonly wait?: HubConnection['wait'];
  /** Failures in a row after which a download is given up; default 5. */
  readonly attempts?: number;
  /** Unit in which downloads are kept; default 8 MiB. */
  readonly chunkBytes?: number;
}

export interface FetchOptions {
  /** Which of the files; default all. config.json alone can be checked before the weights come. */
  readonly only?: (name: string) => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, name: string) => void;
  /** A file that was kept is damaged and comes anew. */
  readonly onDamage?: (name: string) => void;
}

/** A model on a hub whose files are known and not yet downloaded. */
export interface HubModel {
  /** The revision resolved: later downloads get the same files. */
  readonly commit: string;
  readonly files: readonly HubFile[];
  /** Of all files. */
  readonly bytes: number;
  /**
   * Downloads files one after the other, continuing what the cache keeps.
   * @errors as downloadFile
   */
  fetchFiles(options?: FetchOptions): Promise<readonly ByteSource[]>;
}

const modelSchema = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/)),
  siblings: v.array(
    v.object({
      rfilename: v.string(),
      size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      lfs: v.optional(
        v.nullable(v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
      ),
    }),
  ),
});

/** True for the large files, which come last. */
export function isWeights(name: string): boolean {
  return name.endsWith('.safetensors');
}

const TEXT_FILES = [
  CONFIG_FILE,
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'semantic_ids.json',
];

/**
 * Asks a hub which files a model has; the revision is resolved to a commit, so that files of two
 * commits never mix.
 * @errors access-denied (401, 403), not-found (404, or no safetensors weights), rate-limited,
 *   network-failed, data-invalid when the answer is no model, invalid-argument for a bad name
 */
export async function openHubModel(
  reference: HubReference,
  fetcher: typeof fetch,
  cache: ChunkCache,
  options: HubOptions = {},
): Promise<HubModel> {
  const { repo, revision = 'main' } = reference;
  const connection: HubConnection = {
    endpoint: endpointOf(reference),
    token: reference.token ?? null,
    fetch: fetcher,
    wait: options.wait ?? waitFor,
    attempts: options.attempts ?? DEFAULT_ATTEMPTS,
  };
  const pinned = encodeURIComponent(revision);
  const listing = `${connection.endpoint}/api/models/${repo}/revision/${pinned}?blobs=true`;
  const { sha, siblings } = await listModel(connection, listing, repo, revision, options.signal);
  const sizes = new Map(siblings.map((sibling) => [sibling.rfilename, sibling]));
  const files = neededFiles([...sizes.keys()], repo).map((name): HubFile => {
    const { size, lfs } = sizes.get(name) ?? {};
    if (size === undefined) throw noModel(connection.endpoint, `no size of ${name}`);
    const url = `${connection.endpoint}/${repo}/resolve/${sha}/${encodeURIComponent(name)}`;
    return { name, url, key: url, size, sha256: lfs?.sha256 ?? null };
  });
  return {
    commit: sha,
    files,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    async fetchFiles({ only = () => true, signal, onProgress, onDamage } = {}) {
      const wanted = files.filter(({ name }) => only(name));
      const total = wanted.reduce((sum, { size }) => sum + size, 0);
      const sources: ByteSource[] = [];
      let before = 0;
      for (const file of wanted) {
        const { name, key, size } = file;
        const start = before;
        const kept = await downloadFile(connection, cache, file, {
          chunkBytes: options.chunkBytes ?? DEFAULT_CHUNK_BYTES,
          ...(signal === undefined ? {} : { signal }),
          ...(onDamage === undefined ? {} : { onDamage }),
          onProgress: (done) => onProgress?.(start + done, total, name),
        });
        before += size;
        sources.push(cachedSource(name, key, kept, cache));
      }
      return sources;
    },
  };
}

async function listModel(
  connection: HubConnection,
  url: string,
  repo: string,
  revision: string,
  signal?: AbortSignal,
) {
  const what = `model ${repo} at ${revision}`;
  const text = await withRetries(
    connection,
    async () => {
      const init = signal === undefined ? {} : { signal };
      const response = await hubRequest(connection, url, what, init);
      return response.text().catch((cause: unknown) => {
        const message = `The list of files of ${repo} broke off.`;
        throw new TransientFailure(new AppError('network-failed', message, { cause }));
      });
    },
    signal,
  );
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    throw noModel(connection.endpoint, 'no JSON');
  }
  const result = v.safeParse(modelSchema, json);
  if (result.success) return result.output;
  throw noModel(connection.endpoint, v.getDotPath(result.issues[0]) ?? 'no object');
}

function neededFiles(names: readonly string[], repo: string): string[] {
  const shards = names.filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name)).sort();
  const weights = names.includes(WEIGHTS_FILE)
    ? [WEIGHTS_FILE]
    : names.includes(INDEX_FILE)
      ? [INDEX_FILE, ...shards]
      : [];
  const missing = [
    ...(names.includes(CONFIG_FILE) ? [] : [CONFIG_FILE]),
    ...(weights.length > 0 ? [] : [WEIGHTS_FILE]),
  ];
  if (missing.length > 0) {
    throw new AppError('not-found', `${repo} has no ${missing.join(' and no ')}.`, {
      hint: 'Choose a model with safetensors weights for Transformers. Nothing was downloaded.',
      faults: missing.map((place) => ({ place, message: 'no such file' })),
    });
  }
  return [...TEXT_FILES.filter((name) => names.includes(name)), ...weights];
}

function endpointOf({ endpoint = DEFAULT_ENDPOINT, repo, revision, token }: HubReference): string {
  const fail = (message: string, hint: string) =>
    new AppError('invalid-argument', message, { hint });
  if (!isRepo(repo) || revision === '') {
    throw fail(`"${repo}" is no name of a model.`, 'Write it as in Qwen/Qwen3-0.6B.');
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    throw fail(`"${endpoint}" is no web address.`, `The usual one is ${DEFAULT_ENDPOINT}.`);
  }
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (token !== undefined && url.protocol === 'http:' && !isLocal) {
    throw fail('A token is not sent over http.', 'Use an https address, or no token.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function noModel(endpoint: string, what: string): AppError {
  return new AppError('data-invalid', `${endpoint} does not answer as a model hub: ${what}.`, {
    hint: `Check the address; the usual one is ${DEFAULT_ENDPOINT}. Nothing was downloaded.`,
    faults: [{ place: endpoint, message: what }],
  });
}

function waitFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
