import { expose } from 'comlink';
import { localRanges } from '../../src/merge/ranges/local-ranges.ts';
import { MergeFilesService } from './merge-files-service.ts';
import { openExecutor } from '../machine/open-executor.ts';
import { installErrorTransfer } from '../rpc/rpc.ts';

installErrorTransfer();

const now = (): number => performance.now();
expose(new MergeFilesService({ openExecutor, ranges: localRanges(), now }));
