//===- GgufRope.h - Rotary parameters of a GGUF file ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFROPE_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFROPE_H

#include "compiler/import/gguf/GgufKeys.h"

namespace swage::import {

/// The `rope_parameters` of a config.json. `keys` reads the architecture's
/// metadata.
nlohmann::json readGgufRope(const GgufFile &file, GgufKeys &keys,
                            Problems &problems);

/// Llama 3's scaling.
struct Llama3Scaling {
  double factor, lowFreqFactor, highFreqFactor;
  int64_t originalMaxPositions;
};

/// What the factors that GGUF files store, one for each pair of channels, were
/// computed from; none if they are not of this kind. The computation depends
/// on ratios only, so the low-frequency factor is 1, as all Llama models have
/// it.
std::optional<Llama3Scaling> findLlama3Scaling(llvm::ArrayRef<float> factors,
                                               double theta);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFROPE_H
