import { formatDuration, formatRate } from '../text/format.ts';
import type { Progress } from './selectors.ts';

/**
 * "7/17 jobs · this job: 21/48 steps · 6.40 steps/s · 4.2 s left": what is counted over the whole
 * run and what over the current job alone, told apart.
 */
export function progressText({ finished, total, current, remainingSeconds }: Progress): string {
  const jobs = `${String(finished)}/${String(total)} jobs`;
  if (current === null) return jobs;
  const facts: string[] = [];
  if (current.total > 0) {
    facts.push(`${String(current.done)}/${String(current.total)} ${current.unit}`);
  }
  if (current.rate > 0) facts.push(formatRate(current.rate, current.unit));
  if (remainingSeconds !== null) facts.push(`${formatDuration(remainingSeconds)} left`);
  return facts.length === 0 ? jobs : `${jobs} · this job: ${facts.join(' · ')}`;
}
