import type { FuzzInput, FuzzKind } from './fuzz-kind.ts';
import { joined } from './mutate/bytes.ts';
import { outcomeOf, type Finding } from './outcome.ts';
import { signatureOf } from './run-fuzz.ts';

/** Readings that one reproducer may take. */
const MOST_READINGS = 3000;
const MOST_SECONDS = 20;

/** The smallest neighbour of an input that has the same finding: files, then ever smaller pieces go. */
export async function minimised(
  kind: FuzzKind,
  input: FuzzInput,
  finding: Finding,
  onReading: () => void = () => undefined,
): Promise<FuzzInput> {
  const wanted = signatureOf(finding);
  let left = MOST_READINGS;
  const start = process.cpuUsage();
  const shows = async (candidate: FuzzInput): Promise<boolean> => {
    left = process.cpuUsage(start).user > MOST_SECONDS * 1e6 ? 0 : left - 1;
    if (left <= 0) return false;
    onReading();
    const outcome = await outcomeOf(kind, candidate);
    return outcome.finding !== null && signatureOf(outcome.finding) === wanted;
  };
  let smallest = input;
  for (const { name } of input) {
    const without = smallest.filter((file) => file.name !== name);
    if (without.length > 0 && (await shows(without))) smallest = without;
  }
  for (const { name } of smallest) {
    let bytes = smallest.find((file) => file.name === name)?.bytes ?? new Uint8Array(0);
    for (let piece = Math.ceil(bytes.length / 2); piece >= 1 && left > 0;) {
      let hasShrunk = false;
      for (let at = 0; at < bytes.length && left > 0;) {
        const shorter = joined(bytes.subarray(0, at), bytes.subarray(at + piece));
        const candidate = smallest.map((file) =>
          file.name === name ? { name, bytes: shorter } : file,
        );
        if (await shows(candidate)) {
          [smallest, bytes, hasShrunk] = [candidate, shorter, true];
        } else at += piece;
      }
      if (!hasShrunk || piece > 1) piece = piece === 1 ? 0 : Math.floor(piece / 2);
    }
  }
  return smallest;
}
