import { expose } from 'comlink';
import { MergeFilesService } from './merge-files-service.ts';
import { openExecutor } from '../machine/open-executor.ts';
import { installErrorTransfer } from '../rpc/rpc.ts';

installErrorTransfer();

expose(new MergeFilesService({ openExecutor, now: () => performance.now() }));
