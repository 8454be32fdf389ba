let send: (() => void) | null = null;

/** Whoever watches over this thread hears its beats; null: nobody does. */
export function sendBeatsTo(listener: (() => void) | null): void {
  send = listener;
}

/**
 * Says that this thread is at work. Called from inside of what holds it for long, between parts of which
 * none should take more than a second: to who watches, a thread without a sign of life for ten is dead.
 */
export function beat(): void {
  send?.();
}
