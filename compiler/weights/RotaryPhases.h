//===- RotaryPhases.h - The table of rotary phases -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_ROTARYPHASES_H
#define SWAGE_COMPILER_WEIGHTS_ROTARYPHASES_H

#include "compiler/weights/Payload.h"
#include "dialects/transformer/Transformer.h"
#include <memory>

namespace swage::weights {

/// The angle that pair i advances by with each position, after scaling, in
/// sequences of that class of lengths.
std::vector<double> getRotaryFrequencies(transformer::RopeAttr rope,
                                         int64_t lengthClass = 0);

/// The table that `schedule.phases` describes: `[length classes]
/// [step + ceil(positions / step)][dims / 2][cos, sin]` in f32.
std::unique_ptr<Payload> makeRotaryPhases(transformer::RopeAttr rope,
                                          int64_t positions, int64_t step);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_ROTARYPHASES_H
