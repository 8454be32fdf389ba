import type { Executor } from '../../../src/compute/executor.ts';
import {
  Recommendations,
  type RecommendAnswer,
  type RecommendChoices,
  type RecommendParts,
  type RecommendQuestion,
} from '../../../src/lab/run/recommendations.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { NewestFirst } from './newest-first.ts';

/** A document and its data as the page sends them. */
type Document = readonly [text: string, dataset: Dataset | null];

/** Questions for recommendations, the newest first. */
export class RecommendQueue {
  private readonly parts: (...document: Document) => Promise<RecommendParts>;
  private readonly executor: () => Promise<Executor>;
  private readonly recommendations = new Recommendations();
  private readonly turns = new NewestFirst('question');

  constructor(
    parts: (...document: Document) => Promise<RecommendParts>,
    executor: () => Promise<Executor>,
  ) {
    this.parts = parts;
    this.executor = executor;
  }

  /** @errors as `Recommendations.choices` */
  async choices(domain: string, ...document: Document): Promise<RecommendChoices> {
    return this.recommendations.choices(await this.parts(...document), domain);
  }

  /** @errors aborted, and those of `Recommendations.answers` */
  async ask(
    question: RecommendQuestion,
    ...document: Document
  ): Promise<readonly RecommendAnswer[]> {
    return this.turns.run(async (signal) => {
      const parts = await this.parts(...document);
      const executor = await this.executor();
      signal.throwIfAborted();
      return this.recommendations.answers(parts, question, executor, signal);
    });
  }

  /** Stops what is asked: the executor is needed for something else. */
  async end(): Promise<void> {
    await this.turns.end();
  }
}
