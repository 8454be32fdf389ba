// The share of close samples of a step: the rows' counts in order, over the samples of the scored
// rows (hyper[0] is one over their number). It is left for the kernels that follow, and in the
// ring's slot hyper[8].
struct Params {
  rows: u32,
  samples: u32,
}

@group(0) @binding(0) var<storage, read_write> share: array<f32>;
@group(0) @binding(1) var<storage, read_write> ring: array<f32>;
@group(0) @binding(2) var<storage, read> counts: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(1)
fn close_share() {
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += counts[row];
  }
  let value = sum * hyper[0] / f32(params.samples);
  share[0] = value;
  ring[u32(hyper[8])] = value;
}
