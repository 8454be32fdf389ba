// The best BEAM children of each user's beams, best first, earlier candidate first among equals.
// One thread per user: one pass over all candidates with a sorted list of the best so far.
// chosen: the row that a beam continues, its node, the row of the node's last code, 0.
const BEAM: u32 = 20u;
const DEAD: f32 = -3.0e38;

struct Params {
  users: u32,
  // Beams a user comes in with: 1 at the first level, then BEAM.
  beams: u32,
  most: u32,
}

@group(0) @binding(0) var<storage, read_write> scores: array<f32>;
@group(0) @binding(1) var<storage, read_write> parents: array<i32>;
@group(0) @binding(2) var<storage, read_write> chosen: array<vec4u>;
@group(0) @binding(3) var<storage, read> candidates: array<f32>;
@group(0) @binding(4) var<storage, read> before: array<i32>;
@group(0) @binding(5) var<storage, read> child_starts: array<u32>;
@group(0) @binding(6) var<storage, read> code_rows: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(4)
fn trie_select(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let user = id.y * groups.x * 4u + id.x;
  if (user >= params.users) {
    return;
  }
  var best: array<f32, BEAM>;
  var source: array<u32, BEAM>;
  for (var i = 0u; i < BEAM; i++) {
    best[i] = DEAD;
    source[i] = 0u;
  }
  let count = params.beams * params.most;
  let base = user * count;
  for (var c = 0u; c < count; c++) {
    let score = candidates[base + c];
    if (score > best[BEAM - 1u]) {
      var at = BEAM - 1u;
      while (at > 0u && score > best[at - 1u]) {
        best[at] = best[at - 1u];
        source[at] = source[at - 1u];
        at--;
      }
      best[at] = score;
      source[at] = c;
    }
  }
  for (var i = 0u; i < BEAM; i++) {
    let beam = user * BEAM + i;
    let row = user * params.beams + source[i] / params.most;
    scores[beam] = best[i];
    parents[beam] = -1;
    chosen[beam] = vec4u(row, 0u, 0u, 0u);
    if (best[i] > DEAD) {
      let node = child_starts[before[row]] + source[i] % params.most;
      parents[beam] = i32(node + 1u);
      chosen[beam] = vec4u(row, node, code_rows[node], 0u);
    }
  }
}
