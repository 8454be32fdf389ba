import { EXIT } from './exit-codes.ts';

/**
 * Ends this program quietly when nobody reads its output any longer, as `| head` does after its lines: as a
 * program ends that the system's signal for that ends. What is finished is kept.
 */
export function endWithOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(EXIT.outputClosed);
    });
  }
}
