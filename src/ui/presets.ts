import demo from '../../experiments/demo.yaml?raw';
import amazon from '../../experiments/amazon-two-domains.yaml?raw';
import movielens from '../../experiments/movielens-genres.yaml?raw';

export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Experiments that come with the page. The demo brings its data; the others ask for files. */
export const PRESETS: readonly Preset[] = [
  { id: 'demo', title: 'Demo: simulated shops', text: demo },
  { id: 'amazon', title: 'Amazon reviews, two domains', text: amazon },
  { id: 'movielens', title: 'MovieLens, genres as domains', text: movielens },
];

export const DEMO_TEXT = demo;
