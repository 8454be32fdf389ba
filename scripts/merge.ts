import { endWithOutput } from './headless/closed-output.ts';
import { mergeMain } from './merge/main.ts';

endWithOutput();
process.exitCode = await mergeMain(process.argv.slice(2), {
  onBegun: (run) => {
    const stop = (): void => {
      run.stop();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    process.on('SIGHUP', stop);
  },
});
