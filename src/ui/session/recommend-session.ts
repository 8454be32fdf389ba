import type { LabSession } from '../../../workers/client.ts';
import { withOnlyMerge, type MergeEntry } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import {
  namesOf,
  resolved,
  type RecommendState,
  type RecommendWanted,
  type ResolvedQuestion,
} from '../state/recommend-state.ts';
import { datasetFor } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { problemOf } from '../text/problem.ts';
import { storedWanted, storeWanted } from './recommend-draft.ts';

/** The merge under the sliders, in a copy of the document. */
export const LIVE_MODEL = 'live';

/** Asks the lab what models recommend; what goes wrong is shown beside the lists. */
export class RecommendSession {
  private readonly store: Store;
  private readonly connection: () => LabSession | null;
  private newest = 0;
  /** What the choices on show were asked with. */
  private asked = { key: '', shop: '' };

  constructor(store: Store, connection: () => LabSession | null) {
    this.store = store;
    this.connection = connection;
    this.tell({ wanted: storedWanted() });
  }

  /** Takes over what was chosen, keeps it, and asks anew; of several only the newest is answered. */
  async want(changed: Partial<RecommendWanted>): Promise<void> {
    const wanted = { ...this.store.state.recommend.wanted, ...changed };
    this.tell({ wanted });
    storeWanted(wanted);
    this.newest += 1;
    const own = this.newest;
    const connection = this.connection();
    if (connection === null) return;
    this.tell({ isAsking: true });
    try {
      await this.ask(connection, wanted, () => own === this.newest);
    } catch (error) {
      if (own !== this.newest) return;
      const problem = problemOf(error);
      // Given up for something that needs the machine: nobody is at fault.
      this.tell({ isAsking: false, problem: problem.code === 'aborted' ? null : problem });
    }
  }

  private async ask(
    { lab }: LabSession,
    wanted: RecommendWanted,
    isNewest: () => boolean,
  ): Promise<void> {
    const { state } = this.store;
    const { text } = state.document;
    const dataset = datasetFor(state);
    const { domains } = outlineOf(text);
    const domain = domains.find((one) => one === wanted.domain) ?? domains[0];
    if (domain === undefined) {
      this.tell({ isAsking: false, choices: null, answers: [], answered: null, problem: null });
      return;
    }
    const stored = Object.values(state.run.jobs).filter(({ status, summary }) => {
      return summary.model !== null && (status === 'done' || status === 'cached');
    });
    const shop = JSON.stringify([text, dataset?.digest, domain]);
    const key = JSON.stringify([shop, stored.length]);
    let { choices } = state.recommend;
    if (choices === null || this.asked.key !== key) {
      const found = await lab.recommendChoices(text, dataset, domain);
      if (!isNewest()) return;
      // Items of one title would look like one item.
      choices = { ...found, titles: namesOf(found.titles) };
      // Items of another shop have other names: its answers go with it.
      const isOther = this.asked.shop !== shop;
      this.asked = { key, shop };
      this.tell({ choices, ...(isOther && { answers: [], answered: null }) });
    }
    const answered = resolved(wanted, choices);
    const live = wanted.isLive ? state.probe.entry : undefined;
    const models = modelsOf(answered, choices, live !== undefined);
    if (answered.customer === null || models.length === 0) {
      this.tell({ isAsking: false, answers: [], answered, problem: null });
      return;
    }
    const asked = live === undefined ? text : liveText(text, live);
    const question = { domain, models, customer: answered.customer };
    const answers = await lab.recommend(asked, dataset, question);
    if (isNewest()) this.tell({ isAsking: false, answers, answered, problem: null });
  }

  private tell(recommend: Partial<RecommendState>): void {
    this.store.dispatch({ type: 'ui-recommend', recommend });
  }
}

function liveText(text: string, entry: MergeEntry): string {
  return withOnlyMerge(text, { ...entry, name: LIVE_MODEL });
}

/** Those that are there, in the order in which they are shown. */
function modelsOf(
  { first, merge, second }: ResolvedQuestion,
  { models }: NonNullable<RecommendState['choices']>,
  isLive: boolean,
): string[] {
  const isThere = (name: string | null): name is string => {
    const found = models.find((one) => one.name === name);
    // The copy of a live merge has no other merges.
    return found?.isReady === true && !(isLive && found.role === 'merge');
  };
  const between = isLive ? [LIVE_MODEL] : [merge].filter(isThere);
  return [...[first].filter(isThere), ...between, ...[second].filter(isThere)];
}
