import { toAppError } from '../src/core/errors.ts';
import { LabService } from './lab/lab-service.ts';
import { openExecutor } from './machine/open-executor.ts';
import { openLabStorage } from './lab/open-lab-storage.ts';
import { installErrorTransfer } from './rpc/rpc.ts';
import { exposeOfBuild } from './rpc/same-build.ts';

installErrorTransfer();

// A rejection that nobody awaits is a fault of ours: it must at least be readable somewhere.
self.addEventListener('unhandledrejection', (event) => {
  const { code, message, hint } = toAppError(event.reason);
  console.error(`lab worker: ${code}: ${message} ${hint}`);
});

exposeOfBuild(new LabService({ openExecutor, openStorage: openLabStorage, now: () => Date.now() }));
