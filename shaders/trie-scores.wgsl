// Scores of all children of a beam's node: score + log-softmax over the children, whose rows are
// codes[code row] + prefixes[node]. One thread per beam; `most` candidates a beam, those past its
// children and those of dead beams (parent -1) are DEAD. Width divisible by 4.
const DEAD: f32 = -3.0e38;

struct Params {
  beams: u32,
  most: u32,
  width: u32,
  has_prefixes: u32,
}

@group(0) @binding(0) var<storage, read_write> candidates: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<vec4f>;
@group(0) @binding(3) var<storage, read> prefixes: array<vec4f>;
@group(0) @binding(4) var<storage, read> scores: array<f32>;
@group(0) @binding(5) var<storage, read> parents: array<i32>;
@group(0) @binding(6) var<storage, read> child_starts: array<u32>;
@group(0) @binding(7) var<storage, read> code_rows: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn trie_scores(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let beam = id.y * groups.x * 64u + id.x;
  if (beam >= params.beams) {
    return;
  }
  let base = beam * params.most;
  let c4 = params.width / 4u;
  var first = 0u;
  var count = 0u;
  if (parents[beam] >= 0) {
    first = child_starts[parents[beam]];
    count = child_starts[parents[beam] + 1] - first;
  }
  var peak = DEAD;
  for (var k = 0u; k < count; k++) {
    let code = code_rows[first + k] * c4;
    let prefix = (first + k) * c4;
    var sums = vec4f();
    for (var c = 0u; c < c4; c++) {
      var row = codes[code + c];
      if (params.has_prefixes != 0u) {
        row += prefixes[prefix + c];
      }
      sums += x[beam * c4 + c] * row;
    }
    let logit = (sums.x + sums.y) + (sums.z + sums.w);
    candidates[base + k] = logit;
    peak = max(peak, logit);
  }
  var total = 0.0;
  for (var k = 0u; k < count; k++) {
    total += exp(candidates[base + k] - peak);
  }
  for (var k = 0u; k < count; k++) {
    candidates[base + k] += scores[beam] - peak - log(total);
  }
  for (var k = count; k < params.most; k++) {
    candidates[base + k] = DEAD;
  }
}
