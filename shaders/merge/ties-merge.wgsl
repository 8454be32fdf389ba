// Sign election and disjoint merge of trimmed task vectors, up to four models a dispatch. One
// workgroup a block, so the cuts of its tensor are read once. `ties_fused` does everything for up to
// four models, after `ties_majority` where a draw takes the majority sign. More models go through
// `ties_elect`, `ties_count` and `ties_collect`, which keep (votes, sum, divisor, -) per element in
// `result`, and through ties-finish.wgsl.

struct Params {
  block_count: u32,
  segment_count: u32,
  first_model: u32,
  model_count: u32,
  total_models: u32,
  // 0 weighted mean, 1 sum, 2 largest magnitude, 3 mean where all models agree and else sum.
  combine: u32,
  weighted_votes: u32,
  // 1: a zero vote takes the majority sign found by `ties_majority` or `ties_count`, 0: it elects +.
  majority: u32,
  // Always 0; unknown to the compiler, see `exactly`.
  zero: u32,
  lambda: f32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
}

@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
// As written by ties-trim.wgsl, then one word: the net number of positive votes (i32).
@group(0) @binding(3) var<storage, read_write> cuts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> m0: array<f32>;
@group(0) @binding(5) var<storage, read> m1: array<f32>;
@group(0) @binding(6) var<storage, read> m2: array<f32>;
@group(0) @binding(7) var<storage, read> m3: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

struct Cuts {
  keys: vec4u,
  limits: vec4u,
  scales: vec4f,
}

fn cut_word(model: u32, segment: u32, word: u32) -> u32 {
  let record = (params.first_model + model) * params.segment_count + segment;
  return atomicLoad(&cuts[record * 4u + word]);
}

fn cuts_of(segment: u32) -> Cuts {
  var found = Cuts(vec4u(), vec4u(), vec4f());
  for (var k = 0u; k < params.model_count; k++) {
    found.keys[k] = cut_word(k, segment, 0u);
    found.limits[k] = cut_word(k, segment, 1u);
    found.scales[k] = bitcast<f32>(cut_word(k, segment, 2u));
  }
  return found;
}

// A product rounded before it is added: a fused multiply-add would leave a rounding error where two
// votes cancel exactly, and elect a sign from it.
fn exactly(product: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(product) ^ vec4u(params.zero));
}

fn trimmed(i: u32, cut: Cuts) -> vec4f {
  let origin = base[i];
  var delta = vec4f(m0[i] - origin, 0.0, 0.0, 0.0);
  if (params.model_count > 1u) {
    delta.y = m1[i] - origin;
  }
  if (params.model_count > 2u) {
    delta.z = m2[i] - origin;
  }
  if (params.model_count > 3u) {
    delta.w = m3[i] - origin;
  }
  let keys = bitcast<vec4u>(delta) & vec4u(0x7fffffffu);
  let kept = (keys > cut.keys) | ((keys == cut.keys) & (vec4u(i) <= cut.limits));
  return select(vec4f(), delta * cut.scales, kept);
}

fn weights() -> vec4f {
  return vec4f(params.w0, params.w1, params.w2, params.w3);
}

fn votes_of(values: vec4f, weighted: vec4f) -> vec4f {
  return select(values, weighted, params.weighted_votes == 1u);
}

fn total_votes(before: f32, values: vec4f) -> f32 {
  let votes = votes_of(values, exactly(weights() * values));
  return (((before + votes.x) + votes.y) + votes.z) + votes.w;
}

fn elected(votes: f32) -> f32 {
  if (votes == 0.0 && params.majority == 1u) {
    let word = params.segment_count * params.total_models * 4u;
    return f32(sign(bitcast<i32>(atomicLoad(&cuts[word]))));
  }
  return select(-1.0, 1.0, votes >= 0.0);
}

struct Merged {
  sum: f32,
  divisor: f32,
}

fn collect(before: Merged, values: vec4f, chosen: f32) -> Merged {
  let weighted = exactly(weights() * values);
  let agrees = votes_of(values, weighted) * chosen > vec4f();
  let kept = select(vec4f(), weighted, agrees);
  var after = before;
  if (params.combine == 2u) {
    let sizes = abs(kept);
    let size = max(max(sizes.x, sizes.y), max(sizes.z, sizes.w));
    after.sum = chosen * max(abs(before.sum), size);
    return after;
  }
  after.sum = (((before.sum + kept.x) + kept.y) + kept.z) + kept.w;
  let unit = select(vec4f(1.0), weights(), params.combine == 0u);
  let shares = select(vec4f(), unit, agrees);
  after.divisor = (((before.divisor + shares.x) + shares.y) + shares.z) + shares.w;
  return after;
}

fn combined(merged: Merged) -> f32 {
  let all_agree = params.combine == 3u && merged.divisor == f32(params.total_models);
  if ((params.combine == 0u && merged.divisor != 0.0) || all_agree) {
    return merged.sum / merged.divisor;
  }
  return merged.sum;
}

@compute @workgroup_size(64)
fn ties_fused(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let cut = cuts_of(blocks[block * 3u + 2u]);
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let values = trimmed(i, cut);
    let chosen = elected(total_votes(0.0, values));
    result[i] = base[i] + params.lambda * combined(collect(Merged(0.0, 0.0), values, chosen));
  }
}

@compute @workgroup_size(64)
fn ties_elect(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let cut = cuts_of(blocks[block * 3u + 2u]);
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    result[i * 4u] = total_votes(result[i * 4u], trimmed(i, cut));
  }
}

// Integer additions only: the order of the workgroups cannot change the count.
fn add_majority(net: i32) {
  if (net != 0i) {
    atomicAdd(&cuts[params.segment_count * params.total_models * 4u], bitcast<u32>(net));
  }
}

@compute @workgroup_size(64)
fn ties_majority(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let cut = cuts_of(blocks[block * 3u + 2u]);
  let end = blocks[block * 3u + 1u];
  var net = 0i;
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    net += i32(sign(total_votes(0.0, trimmed(i, cut))));
  }
  add_majority(net);
}

@compute @workgroup_size(64)
fn ties_count(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let end = blocks[block * 3u + 1u];
  var net = 0i;
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    net += i32(sign(result[i * 4u]));
  }
  add_majority(net);
}

@compute @workgroup_size(64)
fn ties_collect(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  let cut = cuts_of(blocks[block * 3u + 2u]);
  let end = blocks[block * 3u + 1u];
  for (var i = blocks[block * 3u] + lane; i < end; i += 64u) {
    let before = Merged(result[i * 4u + 1u], result[i * 4u + 2u]);
    let after = collect(before, trimmed(i, cut), elected(result[i * 4u]));
    result[i * 4u + 1u] = after.sum;
    result[i * 4u + 2u] = after.divisor;
  }
}
