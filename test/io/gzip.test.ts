import { gzipSuite } from './gzip-suite.ts';

gzipSuite();
