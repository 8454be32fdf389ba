import { AppError } from '../core/errors.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';

/** Measured kernel choices by adapter and browser. Losing them costs a measurement. */
export class CalibrationStore {
  private readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  /** @errors storage-unavailable */
  static async open(name = 'mmgrid-calibrations'): Promise<CalibrationStore> {
    return new CalibrationStore(await IdbStore.open(name));
  }

  /** undefined when there is none, or one that cannot be read. @errors storage-unavailable */
  async load(key: string): Promise<unknown> {
    try {
      return (await this.store.getMany([key]))[0];
    } catch (error) {
      if (error instanceof AppError && error.code === 'checkpoint-corrupt') return undefined;
      throw error;
    }
  }

  /** @errors quota-exceeded, storage-unavailable */
  async save(key: string, calibration: unknown): Promise<void> {
    await this.store.write([], [[key, calibration]]);
  }

  /** Forgets all adapters: the next session measures again. @errors storage-unavailable */
  async clear(): Promise<void> {
    await this.store.write([''], []);
  }

  close(): void {
    this.store.close();
  }
}
