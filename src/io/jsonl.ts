import type { FaultList } from './fault-list.ts';
import { eachLine } from './lines.ts';

/**
 * Calls `onValue` for every line of a JSON Lines text; blank lines are skipped. A line that is
 * not JSON becomes a fault and the rest is still read, so that all of them can be listed.
 */
export async function readJsonl(
  chunks: AsyncIterable<string>,
  name: string,
  faults: FaultList,
  onValue: (value: unknown, line: number) => void,
): Promise<void> {
  await eachLine(chunks, name, (text, line) => {
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      faults.add(`${name}:${String(line)}`, `not JSON: ${reason.slice(0, 120)}`);
      return;
    }
    onValue(value, line);
  });
}
