//===- KernelSpecs.h - What each CPU kernel strategy is asked for ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A strategy turns one of these descriptions into a `func.func` of `vector`,
// `scf`, `memref`, `arith` and `math` operations. Arguments of the function:
// the bindings as memrefs in the order that each struct states, then the
// scalars as `index`, then `%begin, %end : index`, the range of work items.
//
// Numbers that hold for all of them:
//  * An f32 result is one accumulator for each output element, k ascending, so
//    a row's bits do not depend on which rows stand beside it or on the tile.
//  * Row buffers are row-major with a static leading dimension `ld` in elements
//    (see `paddedRowLength`): every producer writes rows, every consumer reads
//    rows. A row buffer has memory for its row count rounded up to
//    `kRowPadding`; tiles may read, never write, the rows behind the last one.
//    What stands there, or in a row behind its last column, may be anything,
//    NaN included, and changes no result: no producer has to write zeros.
//  * Weights are in row tiles:
//
//      tile t holds output rows 16t .. 16t+15
//      | k=0..e-1 of row 0 | of row 1 | ... | of row 15 |   one 16 x e vector
//      | k=e..2e-1 ...                                  |
//      ...                                                ceil(K/e) vectors
//
//    e = 2 for bf16 (what one lane of a bf16 dot product takes; kernels take
//    such tiles as `memref<?xi32>`), 1 for f32 and f16. Rows and k beyond the
//    matrix are zero. Each part of a fused linear starts at a new tile; with a
//    gated epilogue the tiles of the two parts alternate: gate 0, up 0, gate 1,
//    up 1, ...
//    Quantized weights are in group tiles instead, of as many rows and in the
//    same order.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_KERNELSPECS_H
#define SWAGE_TARGETS_CPU_KERNELSPECS_H

#include "dialects/compression/GroupLayout.h"
#include "targets/cpu/CacheFormat.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>

namespace swage::cpu {

/// Element type of a buffer that kernels read or write. Q8: quantized rows (see
/// QuantizedRow), which only linears read, as words of 32 bits.
enum class Element : uint8_t { F32, F16, BF16, Q8 };

/// Bytes of one element, of Q8 of one word.
constexpr int64_t elementBytes(Element e) {
  return e == Element::F32 || e == Element::Q8 ? 4 : 2;
}

/// A row of `!compression.group<i8, 64, scale = f32>`, in words:
///
///   | codes, 4 a word | scales f32 | sums of 16 codes i32 | sums of 32 |
///
/// It is whole groups: behind the last column stand zeros. Weights with zeros
/// or minima need the sums.
struct QuantizedRow {
  static constexpr int64_t kGroup = 64, kLeastSum = 16;
  int64_t scales, sums16, sums32, words; ///< where the parts start, and the end

  constexpr explicit QuantizedRow(int64_t columns) {
    int64_t groups = (columns + kGroup - 1) / kGroup;
    scales = groups * (kGroup / 4);
    sums16 = scales + groups;
    sums32 = sums16 + groups * (kGroup / 16);
    words = sums32 + groups * (kGroup / 32);
  }
};

/// Output rows in one weight tile.
inline constexpr int64_t kTileRows = 16;
/// Row buffers are readable up to a multiple of this many rows.
inline constexpr int64_t kRowPadding = 16;
/// Positions covered by the fine table of rotary phases.
inline constexpr int64_t kRopeFinePositions = 256;

/// k values of one row that stand side by side in a tile's vector.
constexpr int64_t tileInterleave(Element weight) {
  return weight == Element::BF16 ? 2 : 1;
}

/// Dimensions of a key in the cache.
constexpr int64_t cacheKeyDims(Element cache, int64_t headDim) {
  int64_t e = tileInterleave(cache);
  return (headDim + e - 1) / e * e;
}

/// Bytes of one weight tile of 16 rows by `k`.
constexpr int64_t tileBytes(Element weight, int64_t k) {
  int64_t e = tileInterleave(weight);
  return (k + e - 1) / e * e * kTileRows * elementBytes(weight);
}

/// The leading dimension of a row buffer with `columns` elements: rows are
/// whole cache lines, and an odd number of them, so that the rows of one tile
/// do not all map to the same sets of L1.
constexpr int64_t paddedRowLength(int64_t columns, Element element) {
  int64_t perLine = 64 / elementBytes(element);
  if (element == Element::Q8)
    columns = QuantizedRow(columns).words;
  int64_t lines = (columns + perLine - 1) / perLine;
  return (lines | 1) * perLine;
}

/// How a matrix is stored: as elements in row tiles, or as codes in group tiles
/// (see `#compression.group_tiles`), which kernels take as `memref<?xi32>`.
struct WeightFormat {
  Element element = Element::F32; ///< what values are, decoded if need be
  std::optional<compression::GroupLayout> groups = std::nullopt;

  WeightFormat() = default;
  WeightFormat(Element element) : element(element) {}
  explicit WeightFormat(const compression::GroupLayout &layout)
      : groups(layout) {}
  operator Element() const { return element; }
};

/// How many rows a variant is made for. The variants compute the same bits.
enum class RowVariant : uint8_t {
  One,  ///< exactly one row
  Few,  ///< 2 to 15 rows
  Many, ///< any number of rows
};

/// What a linear kernel does with its sums, bias included, before it stores
/// them.
enum class Epilogue : uint8_t {
  None,       ///< out = sum
  Residual,   ///< out += sum; the output is also the residual input
  Activation, ///< out = function(sum)
  Gated,      ///< out = function(gate sum) * up sum; gate and up tiles
  SoftCap     ///< out = cap * tanh(sum / cap)
};

/// An elementwise function; `gelu` is exact, `gelu_tanh` its approximation.
enum class Function : uint8_t { Silu, Gelu, GeluTanh, Relu, Tanh, Sigmoid };

/// The columns that a kernel reads of wider rows.
struct RowSlice {
  int64_t column;  ///< the first one
  int64_t columns; ///< of the whole row
};

/// out[row] = epilogue(x[row] * W^T).
/// Bindings: x [rows, ld(k)] or a slice of wider rows, weight tiles, bias f32
/// (only if `bias`; each part's padded to whole tiles, one after the other),
/// out. Scalars: rows. Work item: one panel of output rows, see
/// `linearGrid`. Parts land side by side in the output row:
/// column offset of part i = sum of `partRows` before it (no padding between).
struct LinearSpec {
  RowVariant variant;
  int64_t k;
  llvm::SmallVector<int64_t> partRows; ///< output rows of each part
  WeightFormat weight;
  Element activation, output;
  Epilogue epilogue = Epilogue::None;
  bool bias = false;
  Function function = Function::Silu; ///< of an activation or a gate
  double softCap = 0.0;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
};

/// out[row] = x[selected row] * rsqrt(mean(x^2) + epsilon) * (weight + offset),
/// in groups of `group` columns with a mean each; added to `out` if `residual`.
/// Bindings: x f32 [rows, ld], weight f32 [group], row indices i32 (only if
/// `selectRows`), out [rows, ld]. Scalars: rows. Work item: one row.
struct RmsNormSpec {
  int64_t columns;
  double epsilon;
  bool selectRows = false;
  Element output;
  std::optional<int64_t> group = std::nullopt; ///< all columns by default
  double weightOffset = 0.0;
  bool residual = false;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
};

/// out[row] = (x - mean(x)) * rsqrt(variance(x) + epsilon) * weight + bias with
/// x = x[selected row]. Bindings: x f32 [rows, ld], weight f32 [columns], bias
/// f32 [columns] (only if `bias`), row indices i32 (only if `selectRows`), out
/// [rows, ld]. Scalars: rows. Work item: one row.
struct LayerNormSpec {
  int64_t columns;
  double epsilon;
  bool bias = true;
  bool selectRows = false;
  Element output;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
};

/// out[row] = scale * table[token[row]] + types[type[row]] +
/// positions[position of row], from left to right, gathered from weight tiles.
/// Bindings: tokens i32, table tiles, then if there are any types i32 and their
/// tiles, then if there are any the batch (as of attention) and the tiles of
/// positions, out f32 [rows, ld]. Scalars: rows, and sequences if there are
/// positions. Work item: one row. All indices are in range: the runtime checks
/// them.
struct EmbeddingSpec {
  int64_t vocabulary, columns;
  WeightFormat weight;
  double scale = 1.0;
  std::optional<Element> types = std::nullopt;
  std::optional<Element> positions = std::nullopt;
};

/// out[row] = x[selected row], converted.
/// Bindings: x [rows, ld], row indices i32 (only if `selectRows`), out [rows,
/// ld]. Scalars: rows. Work item: one row.
struct CopyRowsSpec {
  int64_t columns;
  Element input, output;
  bool selectRows = false;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
};

/// out[row][i] = x[row][order[i]].
/// Bindings: x [rows, ld] or a slice of wider rows, order i32 [columns, to a
/// multiple of 16], out [rows, ld]. Scalars: rows. Work item: one row.
struct PermuteColumnsSpec {
  int64_t columns;
  Element element;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
};

/// out[row] = x[row], quantized: the codes of a group are the multiples of its
/// scale that are nearest (of two, the even one), its scale the largest
/// magnitude divided by 127.
/// Bindings: x [rows, ld] or a slice of wider rows, out Q8 [rows, ld]. Scalars:
/// rows. Work item: one row.
/// With `rowRange`, all groups of a row have one scale, the largest magnitude
/// of the row divided by it, and codes are in -128 to 127.
struct QuantizeRowsSpec {
  int64_t columns;
  Element input;
  std::optional<RowSlice> slice = std::nullopt; ///< of x
  std::optional<double> rowRange = std::nullopt;
};

/// out[row] = x[row] + y[row], rounded once.
/// Bindings: x [rows, ld], y [rows, ld], out [rows, ld]. Scalars: rows. Work
/// item: one row.
struct AddRowsSpec {
  int64_t columns;
  Element element;                        ///< of all three
  std::optional<RowSlice> slices[2] = {}; ///< of x and y
};

/// Rotary position embedding of the first `dims` of each head, on the pairs
/// (i, i + dims/2) as Hugging Face pairs them.
struct RopeSpec {
  int64_t dims;
  /// Tables of phases, for sequences of different lengths; positions are
  /// numbered through all of them, `span` in each, a multiple of
  /// kRopeFinePositions.
  int64_t classes = 1, span = 0;
};

/// Heads that stand side by side in f32 rows.
struct HeadColumns {
  int64_t binding; ///< the row buffer, counted from 0
  int64_t column;  ///< of the first head
  int64_t columns; ///< of the whole row
};

/// Attention of a ragged batch over a paged cache. Prologue of a work item:
/// rotate this KV head's new keys, append keys and values. Then online softmax
/// over the pages that the query sees, in order; scores of a page never leave a
/// 64-wide scratch; each K/V element is loaded once for a group of query heads.
/// The query in slot p sees slots 0..p, the last `window` of them if there is a
/// window, all slots of its sequence if not `causal`; a window is causal.
///
/// Bindings:
///   the row buffers f32 [rows, ld(columns)] of queries, new keys and new
///     values: 1 to 3, each once, in the order in which these three name them;
///     head h stands h*headDim behind `column`
///   keys   [page][numKvHeads][kd / e][64][e], of this layer's pages
///   values [page][numKvHeads][64 / e][vld][e], vld = headDim rounded up to 16
///     e = 2 for bf16, 1 else, kd = headDim rounded up to e: as in weight
///     tiles, pairs of what is summed over stand side by side; codes are bytes,
///     and `CodedPage` says how a head's page is divided
///   batch i32: [sequences+1] first row of each sequence, then [sequences]
///     past length of each (cache slot of its first row), then [rows] position
///     of each row (for rotation), then the page table
///     [sequences][tableStride]
///   rope phases f32: fine [256][dims/2][2] (cos, sin of position mod 256),
///     then coarse [span/256][dims/2][2] (cos, sin of position - position mod
///     256), for each class; absent without rope
///   out [rows, ld(numHeads*headDim)]
/// Scalars: rows, sequences, tableStride. Work item: sequence * numKvHeads +
/// KV head.
struct AttentionSpec {
  RowVariant variant;
  int64_t numHeads, numKvHeads, headDim;
  HeadColumns queries, keys, values;
  double scale;
  std::optional<RopeSpec> rope;
  CacheFormat cache;
  Element output;
  std::optional<int64_t> window = std::nullopt;
  std::optional<double> softCap = std::nullopt; ///< cap * tanh(score / cap)
  bool causal = true;

  /// How many row buffers there are.
  int64_t numRowBuffers() const {
    int64_t last = queries.binding;
    for (int64_t binding : {keys.binding, values.binding})
      last = last > binding ? last : binding;
    return last + 1;
  }
};

/// Chooses experts for rows and sorts the pairs of a row and one of its experts
/// by expert; `transformer.route` says what the results are.
/// Bindings: logits f32 [rows, ld], then out: weights f32 [rows, ld(topK)],
/// experts i32 [rows, ld(topK)], places i32 [rows * topK], groups i32
/// [experts][3]. Scalars: rows. Work item: everything, there is one.
struct RouteSpec {
  int64_t experts, topK;
  bool normalize;
};

/// A linear whose weights depend on the row's expert. With `scatter`
/// out[places[p]] = x[p] * W^T, else out[p] = x[places[p] / topK] * W^T.
/// Bindings: x [.., ld(k)], weight tiles of all experts one after the other
/// (gated: each with the tiles of gate and up alternating), places i32, groups
/// i32 [experts][3], out [.., ld(n)]. Scalars: rows of the result, which no one
/// reads: `groups` tells. Work item: panel * groups + group, where the groups
/// are as many as can have rows; those without any do nothing.
struct GroupedLinearSpec {
  RowVariant variant;
  int64_t k, n; ///< columns and rows of each matrix
  int64_t experts, topK;
  WeightFormat weight;
  Element activation, output;
  bool gated; ///< out = function(gate sum) * up sum
  bool scatter;
  Function function = Function::Silu;
};

/// out[row] = sum over rank of weights[row][rank] * x[row * topK + rank], in
/// rank order, added to what stands in out with `residual`.
/// Bindings: x f32 [rows * topK, ld], weights f32 [rows, ld(topK)], out f32
/// [rows, ld]. Scalars: rows. Work item: one row.
struct CombineSpec {
  int64_t columns, topK;
  bool residual;
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_KERNELSPECS_H
