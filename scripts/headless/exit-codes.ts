/** How `npm run headless` ends; documented in the README. */
export const EXIT = { done: 0, failed: 1, inputWrong: 2, stopped: 130, outputClosed: 141 } as const;
