/** Item and user encoder; see `trainEmbeddingCell`. */
export interface EmbeddingTraining {
  readonly textTokens: number;
  readonly negatives: number;
  readonly falseNegative: number;
  readonly inputs: number;
  readonly sequencesPerBatch: number;
  readonly stageOnly: boolean;
  /** Absent: negatives that are close to their target do not compete, HLLM's rule. */
  readonly mask?: 'item' | 'auto';
  /** Absent: drawn items alone compete. */
  readonly inBatch?: true;
  /** Of a choice by ranking: items of the history may be answers. */
  readonly keepsHistory?: true;
}

/** Full ranking by cosine; see `rankByEmbedding`. */
export interface EmbeddingRanking {
  readonly textTokens: number;
  readonly inputs: number;
  readonly maskHistory: boolean;
}

declare module '../../job/job-settings.ts' {
  interface CellTrainings {
    readonly embedding: EmbeddingTraining;
  }
  interface CellRankings {
    readonly embedding: EmbeddingRanking;
  }
}
