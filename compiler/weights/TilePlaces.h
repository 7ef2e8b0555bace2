//===- TilePlaces.h - Which rows each tile has ------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_TILEPLACES_H
#define SWAGE_COMPILER_WEIGHTS_TILEPLACES_H

#include "compiler/weights/TensorSource.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

namespace swage::weights {

/// The order of tiles of `rows` rows of matrices that share a kernel: each part
/// starts a new tile, and parts follow each other or, `alternating`, those of
/// two neighbours take turns.
class TilePlaces {
public:
  /// A tile's rows.
  struct Place {
    const TensorInfo *part;
    int64_t firstRow, numRows;
  };

  TilePlaces(std::vector<const TensorInfo *> matrices, int64_t rows,
             bool alternating)
      : parts(std::move(matrices)), rows(rows), alternating(alternating) {
    for (const TensorInfo *part : parts) {
      firstTiles.push_back(tiles);
      tiles += llvm::divideCeil(part->shape[0], rows);
    }
  }

  int64_t count() const { return tiles; }

  Place locate(int64_t tile) const {
    size_t part;
    if (alternating) { // Two by two; all parts have the same shape.
      int64_t perPair = 2 * (tiles / int64_t(parts.size()));
      part = tile / perPair * 2 + tile % perPair % 2;
      tile = tile % perPair / 2;
    } else {
      part = llvm::upper_bound(firstTiles, tile) - firstTiles.begin() - 1;
      tile -= firstTiles[part];
    }
    int64_t first = tile * rows;
    return {parts[part], first, std::min(rows, parts[part]->shape[0] - first)};
  }

private:
  std::vector<const TensorInfo *> parts;
  std::vector<int64_t> firstTiles;
  int64_t rows;
  bool alternating;
  int64_t tiles = 0;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_TILEPLACES_H
