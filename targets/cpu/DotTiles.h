//===- DotTiles.h - Integer sums over group tiles ---------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized weights times quantized rows (Element::Q8). A lane of the weights
// has the codes of 4 columns, which an integer dot product multiplies with the
// 4 codes of x in all lanes:
//
//   for step of 32 columns (16 where groups are that small)
//     dot[t][r] = -zero * sum of x's codes
//     for 4 columns
//       dot[t][r] += w[t] . x[r]                exact, whatever the order
//     acc[t][r] += (scale[t] * scale of x) * dot[t][r]
//     acc[t][r] += min[t] * (scale of x * sum of x's codes)
//
// The codes of weights are unsigned, as they are stored; what was added to them
// is in the zero, so that it costs nothing: the sums of x's codes are stored
// with x. All levels compute the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DOTTILES_H
#define SWAGE_TARGETS_CPU_DOTTILES_H

#include "targets/cpu/GroupTiles.h"

namespace swage::cpu {

class DotTiles : public GroupTiles {
public:
  DotTiles(KernelBuilder &k, const LinearOperands &spec,
           const Capabilities &target, Value x, Value weights);

private:
  void emitChunk(Sums &sums, Chunk &chunk) override;
  void emitStep(Sums &sums, Chunk &chunk, int64_t column, int64_t columns);
  Value xWord(const RowPlaces &rows, int64_t r, Value behind, int64_t offset);
  Value startOf(const GroupDecoder::Factors &factors, Value codeSum);
  Value dot(Value sum, Value weights, Value row);
  Value addPairs(Value a, Value b);

  QuantizedRow row;
  bool flips;   ///< weights become signed: the dot product takes no others
  int64_t bias; ///< the code that means 0 then
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_DOTTILES_H
