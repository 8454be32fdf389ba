import { toAppError } from '../../src/core/errors.ts';
import { readModels, storeModels, type PackFacts } from '../../src/lab/pack/pack-models.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

/** Models that come with the page. */
export interface PrebakedSource {
  /** Ids of the jobs whose models they are: known before anything is loaded. */
  readonly models: readonly string[];
  /** @errors network-failed */
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

export interface ShownResults {
  readonly store: StoredResults;
  /** Of whom the results are; null where they are those of this machine. */
  readonly prebaked: PackFacts | null;
  /** Why the prebaked ones are not shown that there are; '' where nothing is to be said. */
  readonly refusal: string;
}

type Opened = Pick<ShownResults, 'store'> & { readonly prebaked: PackFacts };

/**
 * Results that come with the page, in a store of their own that is gone with the tab, with what was made of
 * them. A plan is shown from it while not one of its models was trained here: never a mixture.
 */
export class HeldPrebaked {
  private readonly source: PrebakedSource | null;
  private readonly now: () => number;
  private opening: Promise<Opened> | null = null;

  constructor(source: PrebakedSource | undefined, now: () => number) {
    this.source = source ?? null;
    this.now = now;
  }

  /** @param ids of a plan's jobs @param stored what was made here */
  async shown(ids: readonly string[], stored: StoredResults): Promise<ShownResults> {
    const own = { store: stored, prebaked: null, refusal: '' };
    const planned = new Set(ids);
    const { source } = this;
    if (source === null || !source.models.every((id) => planned.has(id))) return own;
    if ((await stored.finishedOf(source.models)).length > 0) return own;
    try {
      return { ...(await this.opened(source)), refusal: '' };
    } catch (error) {
      const { message, hint } = toAppError(error);
      return { ...own, refusal: `${message} ${hint}` };
    }
  }

  /** The store that has a model's weights. */
  async holding(id: string, stored: StoredResults): Promise<StoredResults> {
    const { opening } = this;
    if (opening === null || (await stored.finishedOf([id])).length > 0) return stored;
    return (await opening).store;
  }

  /** What could not be loaded is asked for again next time. */
  private opened(source: PrebakedSource): Promise<Opened> {
    this.opening ??= this.open(source).catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  private async open(source: PrebakedSource): Promise<Opened> {
    const results = await readModels(await source.read());
    const memory = new MemoryStore();
    const store = new StoredResults(
      new CheckpointStore(memory),
      new ArtefactStore(memory),
      this.now,
    );
    await storeModels(results, store);
    const { engine, machine, seed } = results;
    return { store, prebaked: { engine, machine, seed } };
  }
}
