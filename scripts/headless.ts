import { endWithOutput } from './headless/closed-output.ts';
import { headlessMain } from './headless/main.ts';

endWithOutput();
process.exitCode = await headlessMain(process.argv.slice(2), process.env, {
  onBegun: (run) => {
    const stop = (): void => {
      run.stop();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  },
});
