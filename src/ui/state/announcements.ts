import type { AppEvent, AppState } from './state.ts';

/** What the live region says after an event; null for the many events that are no milestone. */
export function announcementFor(before: AppState, after: AppState, event: AppEvent): string | null {
  switch (event.type) {
    case 'plan':
      return `Run started: ${String(event.jobs.length)} jobs.`;
    case 'job-done': {
      const job = after.run.jobs[event.jobId];
      if (
        job === undefined ||
        event.cached ||
        job.summary.model === null ||
        job.summary.model.role === 'start'
      )
        return null;
      return `${job.summary.title} finished, ${progressText(after)}.`;
    }
    case 'job-failed':
      return `${after.run.jobs[event.jobId]?.summary.title ?? 'A job'} failed: ${event.error.message}`;
    case 'restarted':
      return `${event.reason} The run continues on a new ${event.what}.`;
    case 'finished':
      return 'Run finished.';
    case 'stopped':
      return 'Run stopped. Finished cells are kept.';
    case 'ui-session':
      return `Ready: ${event.report.profile.name}.`;
    case 'ui-profile':
      return event.profile === null || event.profile === 'running' ? null : 'Profile finished.';
    case 'ui-imported':
      return event.dataset === null ? null : `Imported ${event.dataset.name}.`;
    case 'ui-base-opened':
      return `Read the ${event.summary.kind.replace('-model', '')} model ${event.title}.`;
    case 'ui-base-failed':
    case 'ui-run-failed':
    case 'ui-import-failed':
    case 'ui-session-failed':
      return event.problem.message;
    case 'ui-run-settled':
      return before.run.phase === 'done' || before.run.phase === 'stopped'
        ? null
        : event.outcome.status === 'done'
          ? 'Run finished.'
          : 'Run stopped. Finished cells are kept.';
    default:
      return null;
  }
}

function progressText(state: AppState): string {
  const jobs = Object.values(state.run.jobs);
  const done = jobs.filter((job) => job.status === 'done' || job.status === 'cached').length;
  return `${String(done)} of ${String(jobs.length)} jobs`;
}
