//===- TileLoop.h - Products of tile registers alone ------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TILELOOP_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TILELOOP_H

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace swage::cli {

/// Operations of one product of two tile registers of bf16.
inline constexpr double kTileOperations = 16.0 * 16 * 32 * 2;

/// `rounds` times four independent products on AMX, which the operating system
/// must have permitted.
__attribute__((target("amx-tile,amx-bf16"))) inline void
multiplyTiles(size_t rounds) {
  struct alignas(64) {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t columnBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } shapes;
  _tile_loadconfig(&shapes);
  _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  _tile_zero(4), _tile_zero(5), _tile_zero(6), _tile_zero(7);
  for (size_t n = 0; n < rounds; ++n) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TILELOOP_H
