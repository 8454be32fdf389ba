// The best BEAM continuations of each user, best first, earlier candidate first among equals.
// One thread per user: one pass over all candidates with a sorted list of the best so far.
// state of a beam: [trie node (at the last level the item), rows of its tokens at steps 0 ... 6].
const BEAM: u32 = 20u;
const STRIDE: u32 = 8u;
const DEAD: f32 = -3.0e38;

struct Params {
  users: u32,
  // Beams a user comes in with: 1 at the first level, then BEAM.
  parents: u32,
  codes: u32,
  level: u32,
  first_token: u32,
}

@group(0) @binding(0) var<storage, read_write> scores: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<i32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> places: array<u32>;
@group(0) @binding(4) var<storage, read> candidates: array<f32>;
@group(0) @binding(5) var<storage, read> parent_state: array<i32>;
@group(0) @binding(6) var<storage, read> children: array<i32>;
@group(0) @binding(7) var<storage, read> lengths: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(4)
fn beam_select(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  let count = params.parents * params.codes;
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
    let parent = user * params.parents + source[i] / params.codes;
    let code = source[i] % params.codes;
    let is_alive = best[i] > DEAD;
    scores[beam] = best[i];
    for (var step = 0u; step + 1u < STRIDE; step++) {
      state[beam * STRIDE + 1u + step] = parent_state[parent * STRIDE + 1u + step];
    }
    state[beam * STRIDE + 1u + params.level] = i32(beam);
    state[beam * STRIDE] = -1;
    tokens[beam] = 0u;
    if (is_alive) {
      let node = u32(parent_state[parent * STRIDE]);
      state[beam * STRIDE] = children[node * params.codes + code];
      tokens[beam] = params.first_token + code;
    }
    places[beam] = lengths[user] + params.level;
  }
}
