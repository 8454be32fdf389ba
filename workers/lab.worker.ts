import { sendBeatsTo } from '../src/core/beat.ts';
import { toAppError } from '../src/core/errors.ts';
import { DEMO_MODELS } from './lab/demo-models.ts';
import { LabService } from './lab/lab-service.ts';
import { openExecutor } from './machine/open-executor.ts';
import { openLabStorage } from './lab/open-lab-storage.ts';
import { BEAT, beating } from './rpc/heartbeat.ts';
import { installErrorTransfer } from './rpc/rpc.ts';
import { exposeOfBuild } from './rpc/same-build.ts';

installErrorTransfer();

const now = (): number => performance.now();
sendBeatsTo(
  beating(() => {
    self.postMessage(BEAT);
  }, now).once,
);

// A rejection that nobody awaits is a fault of ours: it must at least be readable somewhere.
self.addEventListener('unhandledrejection', (event) => {
  // Unhandled it would end a headless run, which it does not concern.
  event.preventDefault();
  const { code, message, hint } = toAppError(event.reason);
  console.error(`lab worker: ${code}: ${message} ${hint}`);
});

exposeOfBuild(
  new LabService({
    openExecutor,
    openStorage: openLabStorage,
    prebaked: DEMO_MODELS,
    now: () => Date.now(),
  }),
);
