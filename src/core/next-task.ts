/**
 * Resolves in the next macrotask, so that messages that wait are handled first. A message of our
 * own instead of `setTimeout`: browsers delay nested timers by 4 ms, in hidden pages by a second.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
