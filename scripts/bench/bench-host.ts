import { BenchUsageError } from '../../bench/arguments.ts';

const HOSTS = ['node', 'browser'] as const;
export type BenchHostName = (typeof HOSTS)[number];

/**
 * Where the benchmarks run, and the words that say what. Node is the host unless peers are measured:
 * what jax-js does with one thread needs a page that is not isolated.
 * @throws BenchUsageError
 */
export function benchHost(words: readonly string[]): {
  readonly host: BenchHostName;
  readonly rest: readonly string[];
} {
  const isHost = (word: string): boolean => word === '--host' || word.startsWith('--host=');
  const at = words.findIndex(isHost);
  if (at < 0) return { host: words.includes('--peers') ? 'browser' : 'node', rest: words };
  const word = words[at] ?? '';
  const isOneWord = word.includes('=');
  const name = isOneWord ? word.slice('--host='.length) : words[at + 1];
  const host = HOSTS.find((other) => other === name);
  const rest = words.toSpliced(at, isOneWord ? 1 : 2);
  if (host === undefined || rest.some(isHost)) {
    throw new BenchUsageError(`--host ${name ?? ''}: must be ${HOSTS.join(' or ')}, once.`);
  }
  return { host, rest };
}
