export { scratchBytes, setScratch } from './scratch';
export { beam_scores, beam_select } from './beam';
export { column_sum } from './column-sum';
export { cross_entropy } from './cross-entropy';
export { embedding, embedding_backward } from './embedding';
export { adamw, step_control, sum_squares } from './optimizer';
export { rmsnorm, rmsnorm_backward, rmsnorm_weight_partial } from './rmsnorm';
export { rotary, rotary_backward, rotary_weight_partial } from './rotary';
export { swiglu, swiglu_backward } from './swiglu';
