import type { SimulatedItem } from './simulator-items.ts';
import type { SimulatorKnobs } from './simulator-options.ts';

const DAY_MS = 86_400_000;
/** Of a user's taste. */
const TASTE = 1.1;
/** Of the item taken last. */
const NEAR = 0.8;
const WAVE = 2;
const WAVE_WIDTH_MS = 90 * DAY_MS;
const SEASON = 0.6;
const SEASON_MS = 300 * DAY_MS;
const NOVELTY = 1.2;
const NOVELTY_MS = 60 * DAY_MS;

/**
 * How much a user wants each item at a time; see `simulateDataset` for the formula. Every draw weighs
 * every item, so numbers lie in flat arrays and nothing is allocated per draw.
 */
export class Preferences {
  /** Of the last call, per item; 0 for those that cannot be chosen. */
  readonly weights: Float64Array<ArrayBuffer>;
  /** Items × dimensions. */
  readonly latent: Float64Array<ArrayBuffer>;
  /** What ⟨taste, latent⟩ is multiplied by, the root of the dimensions not yet taken out. */
  readonly taste: number;
  private readonly dimensions: number;
  private readonly categories: Uint32Array<ArrayBuffer>;
  private readonly wave: number;
  private readonly season: number;
  private readonly novelty: number;
  private readonly bornMs: Float64Array<ArrayBuffer>;
  private readonly peakMs: Float64Array<ArrayBuffer>;
  private readonly appeal: Float64Array<ArrayBuffer>;
  private readonly seasons: Float64Array<ArrayBuffer>;
  private readonly direction: Float64Array<ArrayBuffer>;

  constructor(
    items: readonly SimulatedItem[],
    dimensions: number,
    { taste = 1, drift = 1, season = 1 }: SimulatorKnobs = {},
  ) {
    this.taste = taste * TASTE;
    this.wave = drift * WAVE;
    this.novelty = drift * NOVELTY;
    this.season = season * SEASON;
    this.dimensions = dimensions;
    this.weights = new Float64Array(items.length);
    this.latent = Float64Array.from(items.flatMap(({ latent }) => latent));
    this.categories = Uint32Array.from(items, ({ category }) => category);
    this.bornMs = Float64Array.from(items, ({ bornMs }) => bornMs);
    this.peakMs = Float64Array.from(items, ({ peakMs }) => peakMs);
    this.appeal = Float64Array.from(items, ({ appeal }) => appeal);
    this.seasons = new Float64Array(1 + this.categories.reduce((a, b) => Math.max(a, b), 0));
    this.direction = new Float64Array(dimensions);
  }

  /**
   * Fills `weights`. @param last item that the user took last, -1 for none
   * @param open per item: 1 when it can be chosen
   */
  weigh(taste: readonly number[], last: number, timeMs: number, open: Uint8Array): void {
    const { weights, dimensions, latent, direction, seasons } = this;
    for (let d = 0; d < dimensions; d++) {
      const near = last < 0 ? 0 : (latent[last * dimensions + d] ?? 0);
      direction[d] = this.taste * (taste[d] ?? 0) + NEAR * near;
    }
    for (let category = 0; category < seasons.length; category++) {
      seasons[category] = Math.cos(2 * Math.PI * (timeMs / SEASON_MS + category / 8));
    }
    const scale = Math.sqrt(dimensions);
    for (let item = 0; item < weights.length; item++) {
      if (open[item] !== 1) {
        weights[item] = 0;
        continue;
      }
      let liking = 0;
      for (let d = 0; d < dimensions; d++) {
        liking += (latent[item * dimensions + d] ?? 0) * (direction[d] ?? 0);
      }
      weights[item] = Math.exp(liking / scale + this.popularity(item, timeMs));
    }
  }

  private popularity(item: number, timeMs: number): number {
    const born = this.bornMs[item] ?? 0;
    return (
      (this.appeal[item] ?? 0) +
      this.wave * Math.exp(-(((timeMs - (this.peakMs[item] ?? 0)) / WAVE_WIDTH_MS) ** 2)) +
      this.season * (this.seasons[this.categories[item] ?? 0] ?? 0) +
      this.novelty * Math.exp(-(timeMs - born) / NOVELTY_MS)
    );
  }
}
