import { DownloadStore } from '../src/store/download-store.ts';
import { HubService } from './hub/hub-service.ts';
import { installErrorTransfer } from './rpc/rpc.ts';
import { exposeOfBuild } from './rpc/same-build.ts';

/*
 * The only worker whose policy lets it speak to other hosts (`security-headers.ts`): it sees names
 * of models, never data or results.
 */
installErrorTransfer();

exposeOfBuild(
  new HubService({
    openStore: () => DownloadStore.open(),
    fetch: (input, init) => fetch(input, init),
  }),
);
