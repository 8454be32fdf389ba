import type { Executor } from '../../../src/compute/executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import {
  Recommendations,
  type RecommendAnswer,
  type RecommendChoices,
  type RecommendParts,
  type RecommendQuestion,
} from '../../../src/lab/run/recommendations.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';

/** A document and its data as the page sends them. */
type Document = readonly [text: string, dataset: Dataset | null];

/** Recommends one question after the other; a newer one makes the one before stop and those that wait give up. */
export class RecommendQueue {
  private readonly parts: (...document: Document) => Promise<RecommendParts>;
  private readonly executor: () => Promise<Executor>;
  private readonly recommendations = new Recommendations();
  private newest = new AbortController();
  private last: Promise<unknown> = Promise.resolve();

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
    this.newest.abort();
    const own = new AbortController();
    this.newest = own;
    const before = this.last;
    const turn = (async () => {
      await before.catch(() => undefined);
      stopIfOlder(own.signal);
      const parts = await this.parts(...document);
      const executor = await this.executor();
      stopIfOlder(own.signal);
      return this.recommendations.answers(parts, question, executor, own.signal);
    })();
    this.last = turn;
    return turn;
  }

  /** Stops what is asked: the executor is needed for something else. */
  async end(): Promise<void> {
    this.newest.abort();
    await this.last.catch(() => undefined);
  }
}

function stopIfOlder(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('aborted', 'A newer question replaced this one.');
}
