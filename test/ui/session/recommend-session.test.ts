import { describe, expect, it } from 'vitest';
import type { LabSession } from '../../../workers/client.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { RecommendAnswer, RecommendQuestion } from '../../../src/lab/run/recommendations.ts';
import { RecommendSession } from '../../../src/ui/session/recommend-session.ts';
import { initialState } from '../../../src/ui/state/state.ts';
import { Store } from '../../../src/ui/state/store.ts';
import { SAMPLE_TEXT } from '../samples/sample-state.ts';

const model = (name: string) => ({ name, role: 'cell' as const, parents: [], isReady: true });

function answer(name: string, item: number): RecommendAnswer {
  const score = { title: 'log p', told: '', best: 'highest' as const };
  const items = [{ item, score: -1 }];
  return { model: name, recommendation: { score, items, rank: null, reason: null } };
}

/** A lab that answers when it is told to. */
function sessionOf() {
  const asked: { text: string; question: RecommendQuestion }[] = [];
  const waiting: { give: (item: number) => void; fail: (error: unknown) => void }[] = [];
  const domains: string[] = [];
  const lab = {
    recommendChoices: (_text: string, _data: null, domain: string) => {
      domains.push(domain);
      return Promise.resolve({
        ...{ domain, seed: 1, outOf: 2, longest: 4, titles: ['Zelda', 'Zelda', 'Kirby'] },
        customers: [
          { id: 'u1', history: [0], taken: [2] },
          { id: 'u2', history: [1], taken: [0] },
        ],
        models: [model('Games/phase2'), model('Books/phase2')],
      });
    },
    recommend: (text: string, _data: null, question: RecommendQuestion) => {
      asked.push({ text, question });
      return new Promise((resolve, reject) => {
        waiting.push({
          give: (item) => {
            resolve(question.models.map((name) => answer(name, item)));
          },
          fail: reject,
        });
      });
    },
  };
  const store = new Store(initialState(SAMPLE_TEXT, null));
  const session = new RecommendSession(store, () => ({ lab }) as unknown as LabSession);
  return { asked, waiting, domains, store, session };
}

/** What was promised has happened. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the page’s questions', () => {
  it('show the newest answer alone, and fetch the customers of a shop once', async () => {
    const { asked, waiting, domains, store, session } = sessionOf();
    void session.want({});
    await settled();
    void session.want({ customer: { place: 1 } });
    await settled();
    expect(asked.map(({ question }) => question.customer)).toEqual([{ at: 0 }, { at: 1 }]);
    expect(asked[0]?.question.models).toEqual(['Games/phase2', 'Books/phase2']);
    expect(store.state.recommend.isAsking).toBe(true);
    waiting[1]?.give(2);
    await settled();
    waiting[0]?.give(0);
    await settled();
    const { answers, answered, isAsking, choices } = store.state.recommend;
    expect(answers[0]?.recommendation.items[0]?.item).toBe(2);
    expect(answered?.history).toEqual([1]);
    expect(isAsking).toBe(false);
    expect(choices?.titles).toEqual(['Zelda', 'Zelda (2)', 'Kirby']);
    expect(domains).toEqual(['Games']);
    // Another shop: its items have other names.
    void session.want({ domain: 'Books' });
    await settled();
    expect(domains).toEqual(['Games', 'Books']);
    expect(store.state.recommend.answers).toEqual([]);
  });

  it('show what went wrong, but not that something else needed the machine', async () => {
    const { waiting, store, session } = sessionOf();
    void session.want({});
    await settled();
    waiting[0]?.fail(new AppError('checkpoint-missing', 'Gone.', { hint: 'Run again.' }));
    await settled();
    expect(store.state.recommend).toMatchObject({
      isAsking: false,
      problem: { code: 'checkpoint-missing', hint: 'Run again.' },
    });
    void session.want({});
    await settled();
    waiting[1]?.fail(new AppError('aborted', 'A newer one.'));
    await settled();
    expect(store.state.recommend).toMatchObject({ isAsking: false, problem: null });
  });

  it('ask for the merge under the sliders in a copy of the document', async () => {
    const { asked, store, session } = sessionOf();
    const entry = { name: 'x', over: 'domains', method: 'linear', stage: 'phase2' };
    store.dispatch({ type: 'ui-probe', probe: { entry } });
    void session.want({ isLive: true });
    await settled();
    expect(asked[0]?.question.models).toEqual(['Games/phase2', 'live', 'Books/phase2']);
    expect(asked[0]?.text).toMatch(/merges:\s+- name: live\s+over: domains\s+method: linear/);
    expect(store.state.document.text).toBe(SAMPLE_TEXT);
    // Nobody is asked about a history without a known title.
    void session.want({ customer: { typed: ['Metroid'] } });
    await settled();
    expect(asked).toHaveLength(1);
    expect(store.state.recommend.answered?.typed?.unknown).toEqual(['Metroid']);
  });
});
