import type { Experiment } from '../experiment/experiment-types.ts';
import type { InputsOf, SettingsOf } from '../job/job.ts';
import type { Chain } from './chain.ts';

/** What evaluations, searches and landscapes have to know of a paradigm that ranks items. */
export interface Ranking {
  /** False where the common start of all cells has nothing to rank with. */
  ranksBase(experiment: Experiment): boolean;
  /** How its models rank; part of the settings of evaluations. */
  settings(experiment: Experiment): Pick<SettingsOf<'evaluate'>, 'paradigm'>;
  /** What turns a model's answers into items: ids, or the texts' tokenizer and model. */
  readers(
    experiment: Experiment,
    chain: Chain,
    domain: string,
  ): Pick<InputsOf<'evaluate'>, 'ids' | 'tokenizer' | 'embedder'>;
}
