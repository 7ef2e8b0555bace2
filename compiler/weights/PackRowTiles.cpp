//===- PackRowTiles.cpp - Tiles of output rows, k by k -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Packers.h"
#include "compiler/weights/TilePayload.h"
#include <cstring>

namespace swage::weights {

namespace {

/// A matrix of `count` rows of `columns` units, as bytes.
struct TileSource {
  const uint8_t *bytes;
  int64_t count, rowBytes;
};

/// Copies units of type `Unit`, which is what stands side by side for one row:
/// unit u of row r goes to place u * rows + r. In blocks, so that what is
/// scattered stays in L1 while all rows add to it.
template <typename Unit>
void transpose(const TileSource &tile, int64_t units, int64_t rows,
               uint8_t *out) {
  constexpr int64_t kBlock = 64;
  for (int64_t begin = 0; begin < units; begin += kBlock) {
    int64_t end = std::min(begin + kBlock, units);
    for (int64_t r = 0; r < tile.count; ++r) {
      const uint8_t *from = tile.bytes + r * tile.rowBytes;
      for (int64_t u = begin; u < end; ++u)
        std::memcpy(out + (u * rows + r) * sizeof(Unit),
                    from + u * sizeof(Unit), sizeof(Unit));
    }
  }
}

/// The same for a unit of any size.
void transposeBytes(const TileSource &tile, int64_t units, int64_t unitBytes,
                    int64_t rows, uint8_t *out) {
  for (int64_t r = 0; r < tile.count; ++r)
    for (int64_t u = 0; u < units; ++u)
      std::memcpy(out + (u * rows + r) * unitBytes,
                  tile.bytes + r * tile.rowBytes + u * unitBytes, unitBytes);
}

class RowTiles : public TilePayload {
public:
  RowTiles(const TensorSource &source, std::vector<const TensorInfo *> parts,
           int64_t rows, int64_t interleave, bool alternating)
      : TilePayload(parts, rows, alternating,
                    llvm::divideCeil(parts.front()->shape[1], interleave) *
                        parts.front()->getBytes(interleave) * rows),
        source(source), columns(parts.front()->shape[1]),
        rowBytes(parts.front()->getBytes(columns)),
        unitBytes(parts.front()->getBytes(interleave)) {}

private:
  void writeTile(const TilePlaces::Place &place, uint8_t *out,
                 llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    int64_t units = rowBytes / unitBytes, rest = rowBytes % unitBytes;
    const uint8_t *from = source.read(*place.part, place.firstRow * columns,
                                      place.numRows * columns, scratch);
    if (place.numRows < rows || rest)
      std::memset(out, 0, tileBytes);
    TileSource tileSource{from, place.numRows, rowBytes};
    if (unitBytes == 2)
      transpose<uint16_t>(tileSource, units, rows, out);
    else if (unitBytes == 4)
      transpose<uint32_t>(tileSource, units, rows, out);
    else
      transposeBytes(tileSource, units, unitBytes, rows, out);
    for (int64_t r = 0; rest && r < place.numRows; ++r)
      std::memcpy(out + (units * rows + r) * unitBytes,
                  from + r * rowBytes + units * unitBytes, rest);
  }

  const TensorSource &source;
  int64_t columns, rowBytes, unitBytes;
};

} // namespace

std::unique_ptr<Payload> makeRowTiles(const TensorSource &source,
                                      std::vector<const TensorInfo *> parts,
                                      int64_t rows, int64_t interleave,
                                      bool alternating) {
  return std::make_unique<RowTiles>(source, std::move(parts), rows, interleave,
                                    alternating);
}

} // namespace swage::weights
