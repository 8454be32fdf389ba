import { reduce } from './reduce.ts';
import type { AppEvent, AppState } from './state.ts';

/** Holds the one AppState and tells its listeners once per batch of events. */
export class Store {
  private current: AppState;
  private readonly listeners = new Set<() => void>();

  constructor(state: AppState) {
    this.current = state;
  }

  get state(): AppState {
    return this.current;
  }

  dispatch(...events: readonly AppEvent[]): void {
    const before = this.current;
    this.current = events.reduce(reduce, before);
    if (this.current !== before) for (const listener of [...this.listeners]) listener();
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
