// Where more than `bound` of a step's samples are close, who is whose target is decided by the
// item: its own samples get a similarity beyond every threshold, all others one below. One thread
// per pair of a row and a sample; items are those of the rows' targets, then of the samples.
struct Params {
  rows: u32,
  samples: u32,
  bound: f32,
}

@group(0) @binding(0) var<storage, read_write> similar: array<f32>;
@group(0) @binding(1) var<storage, read> share: array<f32>;
@group(0) @binding(2) var<storage, read> items: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn mask_by_item(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pair = id.y * groups.x * 64u + id.x;
  // A share that is no number masks nothing anew: the step's loss tells of it.
  if (pair >= params.rows * params.samples || !(share[0] > params.bound)) {
    return;
  }
  let row = pair / params.samples;
  let sample = pair % params.samples;
  similar[pair] = select(-2.0, 2.0, items[row] == items[params.rows + sample]);
}
