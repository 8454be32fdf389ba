// Sampling from softmax(logits / temperature) in two steps, without sorting and without barriers.
// sample_blocks: one thread per draw and block of BLOCK columns, whose peak, sum of exponentials
// and own sampled column it writes. sample_pick: one thread per draw, which picks a block by its
// share of the probability and takes that block's column. After its stop token a draw goes on with
// stop tokens; a draw whose logits were not finite is marked from there on.
const BLOCK: u32 = 256u;
const NOT_FINITE: u32 = 0xffffffffu;
const EXPONENT: u32 = 0x7f800000u;
// Instead of a block's sum where a logit is not finite.
const NO_SUM: f32 = -1.0;

struct Params {
  draws: u32,
  // Draws that share a row of logits.
  draws_per_row: u32,
  draws_per_user: u32,
  // Columns of these logits, the first one's token and block.
  columns: u32,
  first: u32,
  first_block: u32,
  // Blocks of the whole vocabulary.
  blocks: u32,
  step: u32,
  max_tokens: u32,
  stop: u32,
  // 1 / temperature; 0 takes the largest logit, the first one among equals.
  inverse_temperature: f32,
}

@group(0) @binding(0) var<storage, read_write> partial: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> candidates: array<u32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> places: array<u32>;
@group(0) @binding(4) var<storage, read_write> sampled: array<u32>;
@group(0) @binding(5) var<storage, read> logits: array<f32>;
@group(0) @binding(6) var<storage, read> keys: array<vec2u>;
@group(0) @binding(7) var<storage, read> lengths: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;

fn turn(x: vec2u, bits: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << bits) | (x.y >> (32u - bits))) ^ sum);
}

// Threefry-2x32-20 as in src/core/rng.ts: 24 bits of it as a number in [0, 1).
fn uniform_at(key: vec2u, counter: vec2u) -> f32 {
  let parity = key.x ^ key.y ^ 0x1bd11bdau;
  var x = counter + key;
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.y, parity + 1u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(parity, key.x + 2u);
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(key.x, key.y + 3u);
  x = turn(turn(turn(turn(x, 17u), 29u), 16u), 24u) + vec2u(key.y, parity + 4u);
  x = turn(turn(turn(turn(x, 13u), 15u), 26u), 6u) + vec2u(parity, key.x + 5u);
  return f32(x.x >> 8u) * 5.9604644775390625e-8;
}

@compute @workgroup_size(64)
fn sample_blocks(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let own_blocks = (params.columns + BLOCK - 1u) / BLOCK;
  if (index >= params.draws * own_blocks) {
    return;
  }
  let draw = index / own_blocks;
  let block = index % own_blocks;
  let row = draw / params.draws_per_row * params.columns;
  let start = row + block * BLOCK;
  let end = row + min(params.columns, (block + 1u) * BLOCK);
  var peak = logits[start];
  var is_finite = true;
  for (var c = start; c < end; c++) {
    peak = max(peak, logits[c]);
    is_finite = is_finite && (bitcast<u32>(logits[c]) & EXPONENT) != EXPONENT;
  }
  var total = 0.0;
  for (var c = start; c < end; c++) {
    total += exp((logits[c] - peak) * params.inverse_temperature);
  }
  let place = params.first_block + block;
  // What a maximum or an exponential makes of a NaN differs between adapters, so nothing hangs on it.
  if (!is_finite) {
    partial[draw * params.blocks + place] = vec2f(0.0, NO_SUM);
    candidates[draw * params.blocks + place] = params.first + block * BLOCK;
    return;
  }
  let threshold = total * uniform_at(keys[draw], vec2u(params.step, place + 1u));
  var chosen = start;
  if (params.inverse_temperature == 0.0) {
    while (chosen + 1u < end && logits[chosen] < peak) {
      chosen++;
    }
  } else {
    var sum = 0.0;
    for (var c = start; c < end && sum <= threshold; c++) {
      let p = exp((logits[c] - peak) * params.inverse_temperature);
      if (p > 0.0) {
        chosen = c;
      }
      sum += p;
    }
  }
  partial[draw * params.blocks + place] = vec2f(peak, total);
  candidates[draw * params.blocks + place] = params.first + chosen - row;
}

fn share_of(block: vec2f, peak: f32) -> f32 {
  return block.y * exp((block.x - peak) * params.inverse_temperature);
}

@compute @workgroup_size(64)
fn sample_pick(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let draw = id.y * groups.x * 64u + id.x;
  if (draw >= params.draws) {
    return;
  }
  let at = draw * params.max_tokens + params.step;
  places[draw] = lengths[draw / params.draws_per_user] + params.step;
  tokens[draw] = params.stop;
  if (params.step > 0u) {
    let before = sampled[at - 1u];
    if (before == params.stop || before == NOT_FINITE) {
      sampled[at] = before;
      return;
    }
  }
  let base = draw * params.blocks;
  var peak = partial[base].x;
  var is_finite = true;
  for (var b = 0u; b < params.blocks; b++) {
    peak = max(peak, partial[base + b].x);
    is_finite = is_finite && partial[base + b].y != NO_SUM;
  }
  if (!is_finite) {
    sampled[at] = NOT_FINITE;
    return;
  }
  var total = 0.0;
  for (var b = 0u; b < params.blocks; b++) {
    total += share_of(partial[base + b], peak);
  }
  var chosen = 0u;
  if (params.inverse_temperature == 0.0) {
    while (chosen + 1u < params.blocks && partial[base + chosen].x < peak) {
      chosen++;
    }
  } else {
    let threshold = total * uniform_at(keys[draw], vec2u(params.step, 0u));
    var sum = 0.0;
    for (var b = 0u; b < params.blocks && sum <= threshold; b++) {
      let p = share_of(partial[base + b], peak);
      if (p > 0.0) {
        chosen = b;
      }
      sum += p;
    }
  }
  let token = candidates[base + chosen];
  sampled[at] = token;
  tokens[draw] = token;
}
