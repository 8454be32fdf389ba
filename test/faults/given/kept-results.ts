import { layoutOf } from '../../../src/core/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import type { CheckpointInfo } from '../../../src/store/checkpoint-manifest.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import type { KeyValueStore } from '../../../src/store/key-value.ts';

const AT = '2024-01-02T03:04:05.000Z';
const LAYOUT = layoutOf([[{ name: 'w', shape: [10, 13] }], [{ name: 'b', shape: [5] }]]);

export function infoOf(name: string, createdAt = AT): CheckpointInfo {
  return { name, layout: LAYOUT, config: { hidden_size: 13 }, createdAt, meta: { steps: 3 } };
}

export function weightsOf(seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: LAYOUT.length }, (_, at) => Math.sin(seed + at));
}

/** A store with results that were acknowledged, which no fault may touch. */
export class KeptResults {
  readonly checkpoints: CheckpointStore;
  readonly artefacts: ArtefactStore;

  private constructor(store: KeyValueStore) {
    this.checkpoints = new CheckpointStore(store);
    this.artefacts = new ArtefactStore(store);
  }

  static async in(store: KeyValueStore): Promise<KeptResults> {
    const kept = new KeptResults(store);
    for (const id of ['kept', 'hit']) {
      await kept.checkpoints.put(id, infoOf(id), weightsOf(1));
      await kept.artefacts.put(`${id}-ids`, 'ids', { codes: new Uint16Array([1, 2]) }, AT);
    }
    return kept;
  }

  /** The same results through another store over the same place. */
  static of(store: KeyValueStore): KeptResults {
    return new KeptResults(store);
  }

  /** What is wrong with what was acknowledged, and with making the other one again. */
  async faults(seed = 1): Promise<string> {
    const kept = await this.checkpoints.get('kept');
    if (kept === null) return 'what was acknowledged is gone';
    if (!isSame(kept.arena, weightsOf(1))) return 'what was acknowledged has other bits';
    if ((await this.artefacts.get('kept-ids')) === null) return 'an acknowledged artefact is gone';
    await this.checkpoints.put('hit', infoOf('hit'), weightsOf(seed + 1));
    const again = await this.checkpoints.get('hit');
    const isAgain = again !== null && isSame(again.arena, weightsOf(seed + 1));
    await this.checkpoints.put('hit', infoOf('hit'), weightsOf(1));
    await this.artefacts.put('hit-ids', 'ids', { codes: new Uint16Array([1, 2]) }, AT);
    return isAgain ? '' : 'what was made again has other bits';
  }

  async read(): Promise<void> {
    await this.checkpoints.get('hit');
    await this.artefacts.get('hit-ids');
  }
}

export function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, at) => Object.is(value, b[at]));
}
