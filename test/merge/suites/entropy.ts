/**
 * Mean entropy of predictions, what AdaMerging minimises:   H = −(1/N) Σ_rows Σ_c p_c ln(p_c + ε),
 * p = softmax(logits). 0 for no rows. float64 on the host.
 * @param logits [rows, classes] row-major
 * @source Yang et al. 2024, arXiv:2310.02575; fusion_bench `entropy_loss`
 */
export function entropyLoss(logits: ArrayLike<number>, classes: number, eps = 1e-8): number {
  const rows = Math.floor(logits.length / classes);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const first = row * classes;
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) highest = Math.max(highest, logits[first + c] ?? 0);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[first + c] ?? 0) - highest);
    for (let c = 0; c < classes; c++) {
      const p = Math.exp((logits[first + c] ?? 0) - highest) / sum;
      total -= p * Math.log(p + eps);
    }
  }
  return rows === 0 ? 0 : total / rows;
}
