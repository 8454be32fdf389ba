import { openHubModel, type HubOptions } from '../../../src/io/hub/open-hub-model.ts';
import { DownloadStore } from '../../../src/store/download-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { HubServer } from '../../support/hub-server.ts';

const WEIGHTS = 'model.safetensors';
const SIZE = 25_500;

/** The address of a request, in whichever form it was asked. */
export function addressOf(asked: RequestInfo | URL): string {
  return asked instanceof Request ? asked.url : asked.toString();
}

/** A hub on a socket of this machine, with a model whose weights are told apart byte by byte. */
export class Hub {
  readonly server = new HubServer();
  readonly weights = Buffer.from(Array.from({ length: SIZE }, (_, at) => (at * 131) % 251));
  /** What was waited for between two attempts, in ms; nothing is. */
  readonly waits: number[] = [];
  private endpoint = '';

  static async open(): Promise<Hub> {
    const hub = new Hub();
    hub.server.files.set(WEIGHTS, hub.weights);
    hub.server.files.set('config.json', Buffer.from('{"model_type":"qwen3"}'));
    hub.server.files.set('tokenizer.json', Buffer.from('{}'));
    hub.endpoint = await hub.server.start();
    return hub;
  }

  /** A download into a cache of its own, or the one given: its weights have to be those of the server. */
  async download({
    fetch: ask = fetch,
    cache = new DownloadStore(new MemoryStore()),
    endpoint = this.endpoint,
  }: {
    readonly fetch?: typeof fetch;
    readonly cache?: DownloadStore;
    readonly endpoint?: string;
  } = {}): Promise<void> {
    const options: HubOptions = {
      chunkBytes: 1000,
      wait: (milliseconds) => {
        this.waits.push(milliseconds);
        return Promise.resolve();
      },
    };
    const model = await openHubModel({ endpoint, repo: 'org/tiny' }, ask, cache, options);
    const [source] = await model.fetchFiles({ only: (name) => name === WEIGHTS });
    const bytes = Buffer.from((await source?.read(0, SIZE)) ?? []);
    if (!bytes.equals(this.weights)) throw new Error('half a model, or another one');
  }

  /** What the next requests for the weights meet. */
  meets(...troubles: Parameters<HubServer['troubles']['set']>[1]): void {
    this.server.troubles.set(WEIGHTS, troubles);
  }

  /** What the next requests for the list of files meet. */
  listMeets(...troubles: Parameters<HubServer['troubles']['set']>[1]): void {
    this.server.troubles.set('', troubles);
  }

  /** As it was at first. */
  calm(): void {
    this.server.troubles.clear();
    this.server.listing = null;
    this.server.etag = '"v1"';
    this.server.needsToken = null;
    this.server.files.set(WEIGHTS, this.weights);
  }
}
