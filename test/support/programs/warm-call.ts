/** What a warm process is asked for: a command and its words. */
export interface WarmCall {
  readonly program: 'headless' | 'merge';
  readonly words: readonly string[];
}

export interface WarmAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of their writing. */
  readonly text: string;
}
