//===- AttentionMatrix.cpp - Attention in tile registers ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both products of a page on AMX. The cache's pairs of rows are what the
// instruction takes, so that pages are read where they are; queries and
// exponentials are rounded to bf16, as all activations are in such a program.
//
//   scores [16][64]  = queries [16][d]       * keys [d / 2][64][2]
//   result [16][d]  += exponentials [16][64] * values [32][d][2]
//
// A tile always has 16 queries; what stands behind the last one changes no
// other's bits.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/cpu/Attention.h"
#include "targets/cpu/AttentionParts.h"
#include "targets/cpu/MatrixTiles.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// Tiles of results that are computed at once: with the factors they leave a
/// few of the eight registers free.
constexpr int64_t kTilesAtOnce = 4;

/// One of the two products of a page.
class MatrixProduct {
public:
  /// `columns`: of a row of the cache. `meanwhile` is called before each tile
  /// of the cache is loaded.
  MatrixProduct(KernelBuilder &k, Value factors, int64_t factorStride,
                const CachePage &page, int64_t columns,
                llvm::function_ref<void(int64_t load)> meanwhile)
      : k(k), factors(factors), factorStride(factorStride), page(page),
        columns(columns), meanwhile(meanwhile),
        left(
            amx::TileType::get({kMatrixRows, kMatrixDepth}, k.b.getBF16Type())),
        result(amx::TileType::get({kMatrixRows, kTileRows}, k.b.getF32Type())) {
  }

  /// sums [16][stride], from element `at` on, = or += factors * the first
  /// `depth` rows of the page, in all its columns.
  void emit(int64_t depth, Value sums, Value at, int64_t stride, bool add) {
    for (int64_t first = 0; first < columns;
         first += kTilesAtOnce * kTileRows) {
      int64_t end = std::min(columns, first + kTilesAtOnce * kTileRows);
      SmallVector<Value> tiles;
      for (int64_t c = first; c < end; c += kTileRows)
        tiles.push_back(
            add ? Value(amx::TileLoadOp::create(k.b, result, sums, k.add(at, c),
                                                k.index(stride)))
                : Value(amx::TileZeroOp::create(k.b, result)));
      for (int64_t row = 0; row < depth; row += kMatrixDepth) {
        Value factor = amx::TileLoadOp::create(k.b, left, factors, k.index(row),
                                               k.index(factorStride));
        for (auto [i, sum] : llvm::enumerate(tiles))
          sum = amx::TileMulFOp::create(k.b, result, factor,
                                        load(row, first + i * kTileRows), sum);
      }
      for (auto [i, sum] : llvm::enumerate(tiles))
        amx::TileStoreOp::create(k.b, sums, k.add(at, first + i * kTileRows),
                                 sum, k.index(stride));
    }
  }

private:
  /// 32 rows of the cache from `row` on, 16 columns from `column` on.
  Value load(int64_t row, int64_t column) {
    meanwhile(loads++);
    return amx::TileLoadOp::create(k.b, left, page.buffer,
                                   k.add(page.at, row * columns + column * 2),
                                   k.index(2 * columns));
  }

  KernelBuilder &k;
  Value factors;
  int64_t factorStride;
  const CachePage &page;
  int64_t columns, loads = 0;
  llvm::function_ref<void(int64_t load)> meanwhile;
  amx::TileType left, result; ///< what holds factors has one shape
};

} // namespace

bool attentionUsesMatrixTiles(const AttentionSpec &spec,
                              const Capabilities &target) {
  return target.hasMatrixTiles &&
         (spec.cache.codes || spec.cache.element == Element::BF16) &&
         spec.output == Element::BF16 && spec.headDim % kMatrixDepth == 0;
}

/// Tiles of the cache in `depth` rows of `columns`.
static int64_t tilesOf(int64_t depth, int64_t columns) {
  return depth / kMatrixDepth * (columns / kTileRows);
}

void emitMatrixScores(AttentionFrame &f, const CachePage &keys, Value at,
                      const std::optional<PageFetch> &ahead) {
  KernelBuilder &k = f.k;
  int64_t loads = tilesOf(f.keyDims, kPagePositions);
  MatrixProduct(k, f.query, f.keyDims, keys, kPagePositions, [&](int64_t load) {
    if (ahead)
      ahead->inScores(k, k.index(load), loads);
  }).emit(f.keyDims, f.scores, at, kPagePositions, /*add=*/false);
}

/// result = result * factor.
static void scaleResults(AttentionFrame &f, int64_t queries) {
  KernelBuilder &k = f.k;
  k.loop(k.index(0), k.index(queries), 1, [&](Value query) {
    Value factor = k.broadcast(memref::LoadOp::create(k.b, f.factor, query));
    for (int64_t v = 0; v < f.valueVectors; ++v) {
      Value at = k.add(k.mul(query, f.valueRow), v * kVector);
      k.store(k.mulf(k.load(f.result, at), factor), f.result, at);
    }
  });
}

void emitMatrixValues(AttentionFrame &f, int64_t queries, Value changed,
                      const CachePage &values,
                      const std::optional<PageFetch> &ahead) {
  KernelBuilder &k = f.k;
  k.when(changed, [&] { scaleResults(f, queries); });
  int64_t loads = tilesOf(kPagePositions, f.valueRow);
  MatrixProduct(k, f.exponentials, kPagePositions, values, f.valueRow,
                [&](int64_t load) {
                  if (ahead)
                    ahead->inValues(k, k.index(load), loads);
                })
      .emit(kPagePositions, f.result, k.index(0), f.valueRow, /*add=*/true);
}

} // namespace swage::cpu
