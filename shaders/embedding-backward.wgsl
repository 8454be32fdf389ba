// Gradient of an embedding without atomics. The host sorts positions by token and cuts each
// token's range into pieces, so that a token that stands everywhere is not one thread's work:
//   pieces: sums dy rows of positions[start .. end); a token's only piece is added to its row of
//           dtable, others are left in `sums` (slot);
//   merge:  dtable[token] += the partial sums of its slots, in order.
// One thread per 4 columns of a piece or of a token of several pieces. Empty pieces (start = end)
// and merges (first = end) fill the capacity up.
const WHOLE: u32 = 0xffffffffu;

struct Params {
  // Pieces, or merges.
  count: u32,
  width: u32,
  // dtable holds the tokens [first, first + tokens); others are another dispatch's.
  first: u32,
  tokens: u32,
}

@group(0) @binding(0) var<storage, read_write> dtable: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
// pieces: start, end, token, slot or WHOLE. merges: token, first slot, end slot, unused.
@group(0) @binding(3) var<storage, read> ranges: array<vec4u>;
@group(0) @binding(4) var<storage, read> positions: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn pieces(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.count * c4) {
    return;
  }
  let piece = ranges[index / c4];
  let column = index % c4;
  // Tokens below `first` wrap around to beyond `tokens`.
  let row = piece.z - params.first;
  if (piece.x == piece.y || row >= params.tokens) {
    return;
  }
  var sum = vec4f();
  for (var i = piece.x; i < piece.y; i++) {
    sum += dy[positions[i] * c4 + column];
  }
  if (piece.w == WHOLE) {
    dtable[row * c4 + column] += sum;
  } else {
    sums[piece.w * c4 + column] = sum;
  }
}

@compute @workgroup_size(64)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.count * c4) {
    return;
  }
  let merged = ranges[index / c4];
  let column = index % c4;
  let row = merged.x - params.first;
  if (merged.y == merged.z || row >= params.tokens) {
    return;
  }
  var sum = vec4f();
  for (var slot = merged.y; slot < merged.z; slot++) {
    sum += sums[slot * c4 + column];
  }
  dtable[row * c4 + column] += sum;
}
