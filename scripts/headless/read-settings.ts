import { UsageError } from './arguments.ts';
import { EXIT } from './exit-codes.ts';

/**
 * What the words of a command ask for; the exit code where that is nothing, after its usage was printed.
 * @param read also checks what can be checked before hours of work
 */
export function readSettings<T extends object>(read: () => T | 'help', usage: string): T | number {
  try {
    const settings = read();
    if (settings !== 'help') return settings;
    console.log(usage);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return EXIT.inputWrong;
  }
}
