import demo from '../../../experiments/demo.yaml?raw';
import demoLcRec from '../../../experiments/demo-lc-rec.yaml?raw';
import amazon from '../../../experiments/amazon-compact.yaml?raw';
import amazonLcRec from '../../../experiments/amazon-two-domains.yaml?raw';
import studyEmbedding from '../../../experiments/study-embedding.yaml?raw';
import studySemanticId from '../../../experiments/study-semantic-id.yaml?raw';
import studyTitle from '../../../experiments/study-title.yaml?raw';
import findingsConflict from '../../../experiments/findings-conflict.yaml?raw';
import findingsRecency from '../../../experiments/findings-recency.yaml?raw';
import findingsWeights from '../../../experiments/findings-weights.yaml?raw';
import gpsdDemo from '../../../experiments/gpsd-demo.yaml?raw';
import gpsdLadder from '../../../experiments/gpsd-ladder-validated.yaml?raw';
import simulatorMixed from '../../../experiments/simulator-mixed.yaml?raw';
import simulatorOnward from '../../../experiments/simulator-onward.yaml?raw';
import simulatorReturning from '../../../experiments/simulator-returning.yaml?raw';
import movielens from '../../../experiments/movielens-genres.yaml?raw';

export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What the button that runs it says; `Run` where it is absent. */
  readonly runLabel?: string;
}

/** Experiments that come with the page, which starts with the first one. Demo and paradigms bring their data; the others ask for files. */
export const PRESETS: readonly [Preset, ...Preset[]] = [
  { id: 'demo', title: 'Demo: simulated shops', text: demo, runLabel: 'Run the demo' },
  { id: 'demo-lc-rec', title: 'Demo in the form of LC-Rec', text: demoLcRec },
  { id: 'shops-returning', title: 'Simulator: the old returns', text: simulatorReturning },
  { id: 'shops-onward', title: 'Simulator: only onward', text: simulatorOnward },
  { id: 'shops-mixed', title: 'Simulator: both at once', text: simulatorMixed },
  { id: 'semantic-id', title: 'Paradigms: semantic ids (LC-Rec)', text: studySemanticId },
  { id: 'title', title: 'Paradigms: titles (BIGRec)', text: studyTitle },
  { id: 'embedding', title: 'Paradigms: embeddings (HLLM)', text: studyEmbedding },
  { id: 'gpsd', title: 'GPSD: five strategies', text: gpsdDemo },
  { id: 'gpsd-ladder', title: 'GPSD: ladder of sizes', text: gpsdLadder },
  { id: 'conflict', title: 'Finding 1: conflict and base replacement', text: findingsConflict },
  { id: 'recency', title: 'Finding 2: recency bias', text: findingsRecency },
  { id: 'weights', title: 'Finding 3: weights and item recency', text: findingsWeights },
  { id: 'amazon', title: 'Amazon reviews, two domains', text: amazon },
  { id: 'amazon-lc-rec', title: 'Amazon reviews (LC-Rec)', text: amazonLcRec },
  { id: 'movielens', title: 'MovieLens, genres as domains', text: movielens },
];
