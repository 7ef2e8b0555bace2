//===- TilePayload.h - Matrices in tiles of rows ----------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_TILEPAYLOAD_H
#define SWAGE_COMPILER_WEIGHTS_TILEPAYLOAD_H

#include "compiler/weights/Payload.h"
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

/// Matrices in such tiles, `tileBytes` each.
class TilePayload : public Payload {
public:
  TilePayload(std::vector<const TensorInfo *> parts, int64_t rows,
              bool alternating, int64_t tileBytes)
      : rows(rows), tileBytes(tileBytes),
        places(std::move(parts), rows, alternating) {}

  uint64_t getSize() const final { return places.count() * tileBytes; }
  uint64_t getGranule() const final { return tileBytes; }

  void write(uint64_t begin, llvm::MutableArrayRef<uint8_t> out) const final {
    llvm::SmallVector<uint8_t, 0> scratch;
    int64_t tile = begin / tileBytes;
    for (uint8_t *to = out.begin(); to != out.end(); to += tileBytes)
      writeTile(places.locate(tile++), to, scratch);
  }

protected:
  /// Writes all bytes of a tile; `scratch` is for reading.
  virtual void writeTile(const TilePlaces::Place &place, uint8_t *out,
                         llvm::SmallVectorImpl<uint8_t> &scratch) const = 0;

  int64_t rows, tileBytes;

private:
  TilePlaces places;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_TILEPAYLOAD_H
