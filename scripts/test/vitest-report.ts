/** Counts of one vitest run. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of passed tests that failed first: named in the summary, never hidden. */
  readonly flaky: readonly string[];
}

interface JsonReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName?: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * Counts in vitest's JSON report. A file that failed before any of its tests ran (a syntax error, a
 * missing import) has no failed test in it: it counts as one.
 */
export function countTests(text: string): TestCounts {
  const report = JSON.parse(text) as JsonReport;
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' &&
      !file.assertionResults.some((result) => result.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    flaky: report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ status, fullName = '', failureMessages = [] }) =>
        status === 'passed' && failureMessages.length > 0 ? [fullName] : [],
      ),
    ),
  };
}
