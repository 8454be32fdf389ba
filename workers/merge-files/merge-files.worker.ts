import { localRanges } from '../../src/merge/ranges/local-ranges.ts';
import { MergeFilesService } from './merge-files-service.ts';
import { openExecutor } from '../machine/open-executor.ts';
import { installErrorTransfer } from '../rpc/rpc.ts';
import { exposeOfBuild } from '../rpc/same-build.ts';

installErrorTransfer();

const now = (): number => performance.now();
exposeOfBuild(new MergeFilesService({ openExecutor, ranges: localRanges(), now }));
