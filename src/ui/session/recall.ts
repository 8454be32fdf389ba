import { transfer, type Remote } from 'comlink';
import type { LabApi } from '../../../workers/lab/api.ts';
import type { RunEvent } from '../../lab/job/events.ts';
import { hasUntold, type StartedRun } from '../state/run-state.ts';
import { datasetFor } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import type { Store } from '../state/store.ts';

/** Shows what an earlier run of the inspected document has stored: a reload hides no result. */
export async function recall(
  store: Pick<Store, 'state' | 'dispatch'>,
  lab: Pick<Remote<LabApi>, 'recall'>,
  started: StartedRun,
): Promise<void> {
  const { text } = started;
  const isCurrent = () => !isBusy(store.state.run) && store.state.document.text === text;
  if (!isCurrent() || !hasUntold(store.state.run)) return;
  const dataset = datasetFor(store.state);
  const { port1, port2 } = new MessageChannel();
  // Shown together: what is compared with each other is compared once, and not after every job.
  let waiting: RunEvent[] | null = [];
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>): void => {
    if (waiting !== null) waiting.push(...data);
    // The last events travel on another port and may come later.
    else if (isCurrent()) store.dispatch(...data);
  };
  const { checkpoints, rows } = await lab.recall(text, dataset, transfer(port2, [port2]));
  const told = waiting;
  waiting = null;
  if (isCurrent()) {
    store.dispatch(
      ...told,
      { type: 'results', rows },
      { type: 'ui-recalled', started, checkpoints },
    );
  }
}
