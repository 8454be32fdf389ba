// Scores of all children of a beam's node where training compared with every code of the level:
// score + log-softmax over the level's logits, of which only those of children are candidates. One
// thread per beam; candidates past its children and those of dead beams (parent -1) are DEAD.
const DEAD: f32 = -3.0e38;

struct Params {
  beams: u32,
  most: u32,
  // Codes of the level, and the table row of its first one.
  codes: u32,
  first: u32,
  // Width of a row of logits, and where the level's codes start in it.
  stride: u32,
  offset: u32,
}

@group(0) @binding(0) var<storage, read_write> candidates: array<f32>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read> parents: array<i32>;
@group(0) @binding(4) var<storage, read> child_starts: array<u32>;
@group(0) @binding(5) var<storage, read> code_rows: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn code_scores(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let beam = id.y * groups.x * 64u + id.x;
  if (beam >= params.beams) {
    return;
  }
  let base = beam * params.most;
  let own = beam * params.stride + params.offset;
  var start = 0u;
  var count = 0u;
  if (parents[beam] >= 0) {
    start = child_starts[parents[beam]];
    count = child_starts[parents[beam] + 1] - start;
  }
  var peak = DEAD;
  for (var code = 0u; code < params.codes; code++) {
    peak = max(peak, logits[own + code]);
  }
  var total = 0.0;
  for (var code = 0u; code < params.codes; code++) {
    total += exp(logits[own + code] - peak);
  }
  let shift = scores[beam] - peak - log(total);
  for (var k = 0u; k < params.most; k++) {
    var score = DEAD;
    if (k < count) {
      score = logits[own + code_rows[start + k] - params.first] + shift;
    }
    candidates[base + k] = score;
  }
}
