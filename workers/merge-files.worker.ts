import { expose } from 'comlink';
import { MergeFilesService } from './merge-files/merge-files-service.ts';
import { openExecutor } from './open-executor.ts';
import { installErrorTransfer } from './rpc.ts';

installErrorTransfer();

expose(new MergeFilesService({ openExecutor, now: () => performance.now() }));
